"""Draws the pictures that upscale and enhance learn from, and the textures of background_remove's.

    python3 -m training.scenes FIRST_SEED COUNT OUT.npy        uint8 [COUNT, 448, 448, 3]; about 0.2 s each

Nothing here is photographed or downloaded: every pixel comes from a seed.
"""
import argparse

import numpy as np
from PIL import Image, ImageFilter

from training.dead_leaves import dead_leaves
from training.overlays import glyphs, grating, strokes, wires
from training.textures import power_noise

SIDE_PX = 448
OVERLAYS = ((grating, 0.25), (strokes, 0.4), (wires, 0.35), (glyphs, 0.3), (strokes, 0.25))  # and their chance


def light(random, picture):
    """Uneven light, a fine texture that multiplies, and sometimes the blur of a lens: [S, S, 3] -> PIL image."""
    side_px = len(picture)
    if random.random() < 0.5:
        slow = 0.25 * random.random() * power_noise(random, side_px, side_px, 2.5)[..., None]
        picture = picture * (1 + slow).clip(0.3, 1.7)
    if random.random() < 0.5:
        strength = random.uniform(0.01, 0.07)
        fine = power_noise(random, side_px, side_px, random.uniform(0.2, 1.2))[..., None]
        picture = picture * (1 + strength * fine)
    image = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    if random.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.75)))
    return image


def scene(seed, side_px=SIDE_PX):
    """The picture of a seed: uint8 [side, side, 3]."""
    random = np.random.default_rng(seed)
    picture = dead_leaves(random, side_px)
    for overlay, chance in OVERLAYS:
        if random.random() < chance:
            picture = overlay(random, picture)
    return np.asarray(light(random, picture))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first_seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("out")
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.count)
    np.save(arguments.out, np.stack([scene(seed) for seed in seeds]))


if __name__ == "__main__":
    main()
