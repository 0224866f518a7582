"""Looking into rendered files, for the tests of the sandbox's renderer."""

from fractions import Fraction

import av
import numpy as np


def probe(path):
    """Facts of an MP4: size, streams, frames, seconds, and whether the index comes first."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        frames = sum(1 for packet in container.demux(video) if packet.size)
        head = path.read_bytes()
        return {
            "size": (video.codec_context.width, video.codec_context.height),
            "codecs": (video.codec_context.name, audio.codec_context.name),
            "pixels": video.codec_context.pix_fmt,
            "rate": video.average_rate,
            "channels": audio.codec_context.channels,
            "frames": frames,
            "seconds": round(Fraction(container.duration, av.time_base), 1),
            "is_faststart": head.index(b"moov") < head.index(b"mdat"),
        }


def read_frames(path, *indexes):
    """The frames of these numbers as float RGB arrays."""
    found = {}
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in indexes:
                found[index] = frame.to_ndarray(format="rgb24").astype(np.float32)
            if index >= max(indexes):
                break
    return [found[index] for index in indexes]


def read_loudness(path):
    """Root mean square of the sound, and how much its half seconds differ."""
    with av.open(str(path)) as container:
        parts = [frame.to_ndarray() for frame in container.decode(audio=0)]
    samples = np.concatenate(parts, axis=1).mean(axis=0)
    halves = samples[: len(samples) // 24000 * 24000].reshape(-1, 24000)
    levels = np.sqrt((halves**2).mean(axis=1))
    return float(levels.mean()), float(levels.std())


def make_clip(path, *, size=(320, 240), seconds=2, with_sound=True):
    """A small clip: a green ground over which a white bar wanders."""
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=12, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = container.add_stream("aac", rate=48000, layout="stereo") if with_sound else None
        for index in range(12 * seconds):
            picture = np.full((size[1], size[0], 3), (20, 150, 60), np.uint8)
            place = index * 10 % (size[0] - 20)
            picture[:, place : place + 20] = 255
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
        if audio is not None:
            time = np.arange(48000 * seconds) / 48000
            tone = np.tile((0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), (2, 1))
            for start in range(0, tone.shape[1], 1024):
                block = np.ascontiguousarray(tone[:, start : start + 1024])
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = 48000, start
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path
