"""From the net's alpha to a mask worth sharpening: colour model, holes, islands. numpy only, about 0.1 s, deterministic.

All of it happens on a small copy: what it decides is coarse (is this region subject?), and the edges are drawn anew by
the guided filter that follows at full resolution.
"""
import numpy as np
from colour_model import subject_log_odds
from regions import drop_islands, fill_holes

SMALL = 144  # side of the small copy
STEEPNESS = 1.5  # of the colour model's log odds: it knows colours, not edges, so let it decide
SOFT_FROM, SOFT_TO = 0.1, 0.9  # below is background, above is subject


def correct_matte(alpha, rgb):
    """uint8 alpha [T, T] of the net and uint8 picture [T, T, 3] -> uint8 mask [T, T], 255 is subject."""
    odds = subject_log_odds(shrink(rgb), shrink(alpha))
    subject = 1 / (1 + np.exp(-STEEPNESS * odds))
    mask = drop_islands(fill_holes(subject.astype(np.float32)))
    mask = np.clip((mask - SOFT_FROM) / (SOFT_TO - SOFT_FROM), 0, 1)
    return (resize(mask, alpha.shape[0]) * 255 + 0.5).astype(np.uint8)


def shrink(image):
    """uint8 [T, T, ...] -> float32 [SMALL, SMALL, ...] in 0..1: block means, then bilinear for the rest."""
    block = image.shape[0] // SMALL
    border = -image.shape[0] % block
    image = np.pad(image, [(0, border), (0, border)] + [(0, 0)] * (image.ndim - 2), "edge")
    blocks = [image[y::block, x::block].astype(np.float32) for y in range(block) for x in range(block)]
    return resize(sum(blocks) / block**2, SMALL) / 255


def resize(image, side):
    """Bilinear with half-pixel centres, float32 [n, n, ...] -> [side, side, ...]."""
    n = image.shape[0]
    at = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
    low = np.minimum(at.astype(int), n - 2)
    part = (at - low).astype(np.float32)
    rest = (1,) * (image.ndim - 2)
    down, across = part.reshape(-1, 1, *rest), part.reshape(1, -1, *rest)
    rows = image[low] * (1 - down) + image[low + 1] * down
    return rows[:, low] * (1 - across) + rows[:, low + 1] * across
