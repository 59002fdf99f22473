"""How close two pictures or masks are. Pictures are RGB arrays [H, W, 3] with values of 0..255."""
import math

import numpy as np

BORDER_PX = 4  # left out: it is where enlarging is worst defined


def luma(picture):
    """[H, W, 3] -> [H, W]: Y' of ITU-R BT.601 in its studio range, as 0..1."""
    picture = np.asarray(picture, np.float64)
    weighted = 65.481 * picture[..., 0] + 128.553 * picture[..., 1] + 24.966 * picture[..., 2]
    return weighted / (255 * 255) + 16 / 255


def psnr_y_db(picture, truth, border_px=BORDER_PX):
    """Peak signal-to-noise ratio of luma, in dB."""
    difference = (luma(picture) - luma(truth))[border_px:-border_px, border_px:-border_px]
    return -10 * math.log10(float((difference ** 2).mean()) + 1e-12)


def intersection_over_union(first, second):
    """Of two boolean masks; 1 is the same mask."""
    return (first & second).sum() / max((first | second).sum(), 1)
