"""The photos in samples/ (origin: ATTRIBUTION.md there), for measuring only: nothing is trained on them."""
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
NAMES = ("astronaut", "chelsea", "coffee", "rocket")
SIDE_MULTIPLE_PX = 24  # so that halves and quarters are whole

# The subjects, drawn by eye: polygons (x, y) and ellipses (left, top, right, bottom), as shares of width and height.
POLYGONS = {
    "astronaut": (
        (0.43, 0.03), (0.32, 0.10), (0.30, 0.20), (0.34, 0.28), (0.37, 0.32), (0.26, 0.32), (0.24, 0.38), (0.12, 0.45),
        (0.07, 0.55), (0.04, 0.75), (0.07, 0.95), (0.08, 1), (1, 1), (1, 0.80), (0.95, 0.72), (0.85, 0.69),
        (0.73, 0.72), (0.72, 0.60), (0.66, 0.50), (0.60, 0.42), (0.58, 0.34), (0.53, 0.30), (0.58, 0.22), (0.59, 0.12),
        (0.52, 0.05)),
    "chelsea": (
        (0.12, 0), (0.15, 0.15), (0.10, 0.35), (0.05, 0.45), (0.02, 0.60), (0, 0.7), (0, 1), (0.68, 1), (0.72, 0.85),
        (0.80, 0.70), (0.86, 0.50), (0.87, 0.30), (0.90, 0.20), (0.97, 0.05), (0.97, 0)),
    "rocket": ((0.495, 0.26), (0.515, 0.22), (0.535, 0.26), (0.535, 1), (0.495, 1)),
}
ELLIPSES = {"coffee": ((0.13, 0.24, 0.80, 0.99), (0.29, 0.03, 0.70, 0.5))}


def load_photo(name):
    """RGB image, cut off at the right and the bottom to multiples of 24 pixels."""
    with Image.open(SAMPLES / f"{name}.jpg") as file:
        photo = file.convert("RGB")
    return photo.crop((0, 0, photo.width // SIDE_MULTIPLE_PX * SIDE_MULTIPLE_PX,
                       photo.height // SIDE_MULTIPLE_PX * SIDE_MULTIPLE_PX))


def mosaic(height_px, width_px):
    """Two photos beside each other, and the same upside down below: uint8 [height, width, 3], up to 800 x 1000."""
    first, second = np.asarray(load_photo("astronaut")), np.asarray(load_photo("rocket"))
    rows = min(len(first), len(second))
    upper = np.concatenate([first[:rows], second[:rows]], 1)
    both = np.concatenate([upper, upper[::-1, ::-1]])
    if height_px > both.shape[0] or width_px > both.shape[1]:
        raise ValueError(f"the mosaic has {both.shape[0]} x {both.shape[1]} pixels, not {height_px} x {width_px}")
    return np.ascontiguousarray(both[:height_px, :width_px])


def subject_mask(name, size):
    """Where the subject of a photo roughly is: bool [height, width] for a size of (width, height)."""
    width_px, height_px = size
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    if name in POLYGONS:
        draw.polygon([(x * width_px, y * height_px) for x, y in POLYGONS[name]], fill=255)
    for left, top, right, bottom in ELLIPSES.get(name, ()):
        draw.ellipse([left * width_px, top * height_px, right * width_px, bottom * height_px], fill=255)
    return np.asarray(mask) > 127
