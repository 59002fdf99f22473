"""Small pictures for the tests, uint8 RGB."""
import numpy as np

from quality.sample_photos import mosaic


def detailed_picture(height_px, width_px):
    """Photographs with lines and noise over them, so that every part of a graph has something to do: [H, W, 3]."""
    random = np.random.default_rng(1)
    picture = mosaic(height_px, width_px).astype(float)
    picture[::37] *= 0.3
    picture[:, ::41] = 255 - picture[:, ::41]
    return np.clip(picture + random.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
