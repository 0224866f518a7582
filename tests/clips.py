"""Short clips to upload, encoded on the spot."""

import av
import numpy as np


def build_clip_bytes(
    folder,
    *,
    seconds=6,
    codec="h264",
    container="mp4",
    size=(160, 120),
    metadata=None,
    options=None,
    with_sound=False,
):
    """`folder` is for a moment's file: the MP4 writer goes back and forth in it."""
    path = folder / "built-clip"
    with av.open(str(path), "w", format=container, options=options or {}) as file:
        file.metadata.update(metadata or {})
        picture = file.add_stream(codec, rate=5)
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        sound = file.add_stream("aac", rate=44_100) if with_sound else None
        for number in range(seconds * 5):
            pixels = np.full((size[1], size[0], 3), number % 256, np.uint8)
            file.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(picture.encode())
        if sound:
            _add_silence(file, sound, seconds)
    data = path.read_bytes()
    path.unlink()
    return data


def _add_silence(file, sound, seconds):
    silence = np.zeros((2, 1024), np.float32)
    for number in range(seconds * 43):
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 44_100, number * 1024
        file.mux(sound.encode(frame))
    file.mux(sound.encode())
