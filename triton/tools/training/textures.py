"""Colours and textures of procedural pictures. Colours are float RGB, 0..1; `random` is a numpy Generator everywhere.

Which numbers are drawn, and in which order, is part of what a seed means.
"""
import numpy as np

FULL_TURN = 6.28  # radians; a phase needs no more digits


def log_uniform(random, smallest, largest):
    """A number whose logarithm is uniform."""
    return np.exp(random.uniform(np.log(smallest), np.log(largest)))


def palette(random, count):
    """[count, 3]: colours around two to five hues, rather grey, of any lightness."""
    hues = random.integers(2, 6)
    base = 0.5 + (random.random((hues, 3)) - 0.5) * random.uniform(0.15, 0.9, (hues, 1))
    colours = base[random.integers(0, hues, count)]
    grey = colours.mean(1, keepdims=True)
    colours = grey + (colours - grey) * random.uniform(0.2, 1.0, (count, 1))
    return np.clip(colours - colours.mean(1, keepdims=True) + random.beta(1.2, 1.2, (count, 1)), 0, 1)


def power_noise(random, height_px, width_px, beta):
    """[height, width], float32, variance 1: noise whose amplitude falls with frequency as 1 / f^beta."""
    y, x = np.fft.fftfreq(height_px)[:, None], np.fft.rfftfreq(width_px)[None]
    frequency = np.sqrt(x ** 2 + y ** 2)
    frequency[0, 0] = 1 / max(height_px, width_px)
    spectrum = (random.normal(size=frequency.shape) + 1j * random.normal(size=frequency.shape)) / frequency ** beta
    noise = np.fft.irfft2(spectrum, s=(height_px, width_px))
    return (noise / (noise.std() + 1e-8)).astype(np.float32)


def texture(random, height_px, width_px):
    """[height, width], mean about 0: a gradient, a sinusoid or noise."""
    kind = random.integers(0, 4)
    y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    if kind == 0:
        angle = random.uniform(0, 2 * np.pi)
        ramp = np.cos(angle) * x + np.sin(angle) * y
        return 0.08 * random.random() * (ramp - ramp.mean()) / (ramp.std() + 1e-6)
    if kind == 1:
        angle, frequency = random.uniform(0, np.pi), log_uniform(random, 0.01, 0.35)
        strength, along = 0.12 * random.random(), np.cos(angle) * x + np.sin(angle) * y
        return strength * np.sin(2 * np.pi * frequency * along + random.uniform(0, FULL_TURN))
    return random.uniform(0.01, 0.12) * power_noise(random, height_px, width_px, random.uniform(0.6, 2.0))


def to_image(picture):
    """float [H, W, 3], 0..1 (clipped) -> uint8 [H, W, 3], rounded down."""
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def to_fill(colour):
    """A colour as pillow wants it, three whole numbers of 0..255."""
    return tuple(int(value * 255) for value in np.clip(colour, 0, 1))
