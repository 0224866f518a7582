"""LUMIQ's football fan video, as the sandbox draws it: ten seconds of one fan in a full stand.

Real files from the given photo and teams, so that all of the portal can be tried without a key.
"""

from hashlib import sha256
from pathlib import Path
from random import Random

from generations.kits import KITS
from generations.lumiq.contract import FOOTBALL_SECONDS
from generations.sandbox import crowd, cutout, lettering, sound
from generations.sandbox.confetti import NearConfetti
from generations.sandbox.encode import FRAMES_PER_SECOND, open_mp4
from generations.sandbox.fan import FACE_HEIGHT, Fan

SIZE = (1280, 720)
_FRAMES = FOOTBALL_SECONDS * FRAMES_PER_SECOND
_BOARD_CORNER = (SIZE[0] - lettering.BOARD_SIZE[0] - 24, 22)
_MARK_CORNER = (SIZE[0] - 96 - 24, SIZE[1] - 30 - 20)


def render_football(*, photo: Path, team_left: str, team_right: str, output: Path) -> None:
    """Write the MP4 (1280×720, 24 frames a second). The same inputs give the same pictures.

    Raises RenderError where the photo cannot be read, KeyError for a team that is not one of the 48.
    """
    left, right = KITS[team_left], KITS[team_right]
    seed = _make_seed(photo, team_left, team_right)
    head = cutout.cut_head(cutout.open_photo(photo), FACE_HEIGHT)
    random = Random(seed)  # noqa: S311 — a picture, not a secret
    loop = crowd.draw_loop(left, right, random)
    fan, confetti = Fan(head, left, right), NearConfetti(left, right, random)
    boards, mark = (
        lettering.draw_boards(left, right, random, FOOTBALL_SECONDS),
        lettering.draw_mark(),
    )
    with open_mp4(output, SIZE) as writer:
        for frame in range(_FRAMES):
            seconds = frame / FRAMES_PER_SECOND
            progress = _ease(frame / (_FRAMES - 1))
            canvas = loop[frame % len(loop)].crop(_aim_camera(seconds, progress))
            fan.draw(canvas, seconds, 0.97 + 0.06 * progress)
            confetti.draw(canvas, seconds)
            canvas.paste(boards[int(seconds)], _BOARD_CORNER)
            canvas.paste(mark, _MARK_CORNER)
            writer.add_frame(canvas.to_stack())
        writer.add_sound(sound.synthesise_crowd(FOOTBALL_SECONDS, seed))


def _make_seed(photo: Path, team_left: str, team_right: str) -> int:
    digest = sha256(f"{team_left}\n{team_right}\n".encode())
    try:
        digest.update(photo.read_bytes())
    except OSError as error:
        raise cutout.RenderError("The photo cannot be read.") from error
    return int.from_bytes(digest.digest()[:4])


def _ease(progress: float) -> float:
    return progress * progress * (3 - 2 * progress)


def _aim_camera(seconds: float, progress: float) -> tuple[float, float, float, float]:
    """The part of the stand in view: slowly nearer, never quite still."""
    width = SIZE[0] / (1.02 + 0.08 * progress)
    height = width * SIZE[1] / SIZE[0]
    left = (SIZE[0] - width) * (0.5 + 0.16 * (seconds / FOOTBALL_SECONDS - 0.5))
    top = (SIZE[1] - height) * 0.55
    return left, top, left + width, top + height
