"""LUMIQ's football fan video, as the sandbox draws it: ten seconds of one fan in a full stand.

Real files from the given photo and teams, so that all of the portal can be tried without a key.
"""

from hashlib import sha256
from pathlib import Path
from random import Random

from generations.kits import KITS, Kit
from generations.lumiq.contract import FOOTBALL_SECONDS
from generations.sandbox import crowd, cutout, lettering, sound
from generations.sandbox.confetti import NearConfetti
from generations.sandbox.cutout import Head
from generations.sandbox.encode import FRAMES_PER_SECOND, open_mp4
from generations.sandbox.errors import RenderError
from generations.sandbox.fan import FACE_HEIGHT, Fan
from generations.sandbox.planes import Bytes, Zoom, pack
from generations.sandbox.watermark import Watermark

SIZE = (1280, 720)
_PUSH_IN = 0.08
_FRAMES = FOOTBALL_SECONDS * FRAMES_PER_SECOND
_BOARD_CORNER = (SIZE[0] - lettering.BOARD_SIZE[0] - 24, 22)
# Below the board: the player puts its own things into the lower corners.
_MARK_CORNER = (SIZE[0] - 96 - 24, 22 + lettering.BOARD_SIZE[1] + 8)


def render_football(
    *, photo: Path, team_left: str, team_right: str, output: Path, is_test: bool = False
) -> None:
    """Write the MP4 (1280×720, 24 frames a second). The same inputs give the same pictures.

    Raises RenderError where the photo cannot be read, KeyError for a team that has no kit.
    """
    left, right = KITS[team_left], KITS[team_right]
    seed = _make_seed(photo, team_left, team_right)
    head = cutout.cut_head(cutout.open_photo(photo), FACE_HEIGHT)
    random = Random(seed)  # noqa: S311 — a picture, not a secret
    loop = _draw_loop(head, left, right, random)
    confetti, mark = NearConfetti(left, right, random), lettering.draw_mark()
    boards = lettering.draw_boards(left, right, random, FOOTBALL_SECONDS)
    zoom, watermark = Zoom(), Watermark(SIZE) if is_test else None
    with open_mp4(output, SIZE) as writer:
        writer.add_sound(sound.synthesise_crowd(FOOTBALL_SECONDS, seed))
        for frame in range(_FRAMES):
            seconds = frame / FRAMES_PER_SECOND
            stack = zoom.enlarge(loop[frame % len(loop)], 1 + _PUSH_IN * _ease(frame / _FRAMES))
            confetti.draw(stack, seconds)
            boards[int(seconds)].lay_on(stack, _BOARD_CORNER)
            mark.lay_on(stack, _MARK_CORNER)
            if watermark:
                watermark.lay_on(stack)
            writer.add_frame(stack)


def _draw_loop(head: Head, left: Kit, right: Kit, random: Random) -> list[Bytes]:
    fan = Fan(head, left, right)
    loop = []
    for index, picture in enumerate(crowd.draw_loop(left, right, random)):
        fan.draw(picture, index / crowd.LOOP_FRAMES)
        loop.append(pack(picture))
    return loop


def _make_seed(photo: Path, team_left: str, team_right: str) -> int:
    digest = sha256(f"{team_left}\n{team_right}\n".encode())
    try:
        digest.update(photo.read_bytes())
    except OSError as error:
        raise RenderError("The photo cannot be read.") from error
    return int.from_bytes(digest.digest()[:4])


def _ease(progress: float) -> float:
    return progress * progress * (3 - 2 * progress)
