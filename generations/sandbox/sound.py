"""The noise of a stand, synthesised: a roar that swells, a sung chant and its claps. Stereo."""

import numpy as np
from numpy.typing import NDArray

from generations.sandbox.encode import SAMPLE_RATE

Samples = NDArray[np.float32]
_RATE = SAMPLE_RATE // 2  # a crowd has nothing to say above 12 kHz
_BEAT_SECONDS = 0.5
_FORMANTS = ((520.0, 120.0, 1.0), (1050.0, 170.0, 0.5), (2500.0, 300.0, 0.1))
_MELODY = (0, 0, 3, 5, 5, 3, 0, -2)  # semitones, a note a beat
_CLAPS = (0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 6.5, 7.0)  # beats of two bars


def synthesise_crowd(seconds: float, seed: int) -> Samples:
    """Two rows of values from −1 to 1 at SAMPLE_RATE."""
    generator = np.random.default_rng(seed)
    count = round(seconds * _RATE)
    time = np.arange(count) / _RATE
    swell = (
        0.55
        + 0.25 * np.sin(2 * np.pi * time / 6.3 - 1)
        + 0.45 * np.exp(-(((time - 7.2) / 1.5) ** 2))
    )
    chant = _sing(time, generator)
    channels = []
    for _ in range(2):
        roar = _shape_noise(count, generator, ((380, 260, 1.0), (900, 420, 0.6), (1800, 900, 0.16)))
        rumble = _shape_noise(count, generator, ((130, 70, 1.0),))
        claps = _clap(count, generator)
        channels.append(0.9 * swell * roar + 0.25 * rumble + 0.62 * chant + 0.5 * claps)
    mixed = np.stack(channels)
    fade = np.clip(np.minimum(time / 0.25, (seconds - time) / 0.5), 0, 1)
    loud = np.tanh(mixed / (np.abs(mixed).std() * 3.2)) * fade * 0.8
    return _double_rate(loud)


def synthesise_hum(seconds: float) -> Samples:
    """A quiet, slowly breathing chord for clips that have no sound."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    breath = 0.6 + 0.4 * np.sin(2 * np.pi * time / 5 - 1.5)
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (110.0, 164.8, 220.0, 277.2))
    fade = np.clip(np.minimum(time / 0.5, (seconds - time) / 0.5), 0, 1)
    return np.tile((0.014 * chord * breath * fade).astype(np.float32), (2, 1))


def _double_rate(samples: NDArray[np.float64]) -> Samples:
    doubled = np.repeat(samples, 2, axis=1)
    doubled[:, 1:-1:2] = (samples[:, 1:] + samples[:, :-1]) / 2
    return doubled.astype(np.float32)


def _shape_noise(
    count: int, generator: np.random.Generator, bands: tuple[tuple[float, float, float], ...]
) -> NDArray[np.float64]:
    """Noise through bell-shaped bands (centre Hz, width Hz, gain), at unit loudness."""
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / _RATE)
    gain = np.zeros_like(frequency)
    for centre, width, weight in bands:
        gain += weight * np.exp(-(((frequency - centre) / width) ** 2))
    noise = np.fft.irfft(spectrum * gain, count)
    return np.asarray(noise / noise.std())


def _sing(time: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Many rough voices on one tune, on an open vowel, none quite in tune or in time."""
    total = np.zeros_like(time)
    steps = np.array(_MELODY, float)
    for _ in range(10):
        late = generator.uniform(-0.05, 0.07)
        beat = (time - late) / _BEAT_SECONDS
        note = steps[np.floor(beat).astype(int) % len(_MELODY)]
        glide = np.convolve(np.pad(note[::480], 4, mode="edge"), np.ones(9) / 9, mode="valid")
        pitch = np.interp(time, time[::480], glide)
        base = generator.choice((110.0, 146.8, 146.8, 220.0)) * 2 ** (
            generator.normal(0, 0.35) / 12
        )
        wobble = 1 + 0.006 * np.sin(
            2 * np.pi * generator.uniform(4, 6) * time + generator.uniform(0, 6)
        )
        phase = np.cumsum(base * 2 ** (pitch / 12) * wobble) / _RATE
        envelope = 0.25 + 0.75 * np.clip(np.sin(np.pi * (beat % 1)), 0, 1) ** 0.5
        total += ((phase % 1) - 0.5) * envelope * generator.uniform(0.6, 1.0)
    spectrum = np.fft.rfft(total)
    frequency = np.fft.rfftfreq(time.size, 1 / _RATE)
    gain = sum(w * np.exp(-(((frequency - c) / b) ** 2)) for c, b, w in _FORMANTS)
    voices = np.fft.irfft(spectrum * gain, time.size)
    return np.asarray(voices / voices.std())


def _clap(count: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Thousands of hands: each clap is a cloud of short bursts around the beat."""
    envelope = np.zeros(count)
    decay = np.exp(-np.arange(int(0.05 * _RATE)) / (0.011 * _RATE))
    bars = int(count / _RATE / (8 * _BEAT_SECONDS)) + 1
    for bar in range(bars):
        for clap in _CLAPS:
            for _ in range(9):
                moment = (bar * 8 + clap) * _BEAT_SECONDS + generator.normal(0.02, 0.016)
                start = int(moment * _RATE)
                if 0 <= start < count - decay.size:
                    envelope[start : start + decay.size] += decay * generator.uniform(0.3, 1)
    noise = _shape_noise(count, generator, ((1300, 500, 1.0), (2600, 900, 0.5)))
    return np.asarray(noise * envelope / 3)
