"""Draws what background_remove learns from: subjects before backdrops, with their true mattes.

    python3 -m training.composites FIRST_SEED COUNT OUT.npy SCENES.npy [--mix thin]

OUT.npy: uint8 [COUNT, 192, 192, 4], colour is the whole picture, alpha the true matte. SCENES.npy is made by
training.scenes. The mix `thin` has more towers (with masts behind them), close-ups and tables.
"""
import argparse
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from training.backdrops import backdrop
from training.painting import fur, paint
from training.subjects import KINDS, place
from training.surfaces import X, Y, draw_mask, to_pil


@dataclass(frozen=True)
class Mix:
    """How often each of KINDS comes, and how often the backdrop has more masts than usual."""

    shares: tuple
    mast_chance: float = 0.0


MIXES = {
    "usual": Mix((0.27, 0.14, 0.11, 0.12, 0.1, 0.07, 0.06, 0.13)),
    "thin": Mix((0.1, 0.2, 0.05, 0.2, 0.35, 0.05, 0.02, 0.03), mast_chance=0.3),
}


def camera(random, picture):
    """Exposure, colour cast, contrast, vignette, noise, blur, JPEG: float [S, S, 3] -> uint8."""
    exposed = np.clip(picture, 0, 1) ** np.exp(random.normal() * 0.25 - 0.2)
    picture = exposed * np.exp(random.normal(size=3) * 0.07)
    if random.random() < 0.12:
        picture = picture * random.uniform(0.3, 0.7)
    if random.random() < 0.12:
        picture = picture.mean() + (picture - picture.mean()) * random.uniform(0.35, 0.8)
    if random.random() < 0.3:
        picture = picture * (1 - random.uniform(0.2, 1) * (Y ** 2 + X ** 2)[..., None])
    picture = picture + random.normal(0, random.uniform(0, 0.025), picture.shape)
    image = to_pil(picture)
    if random.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.2, 0.7)))
    if random.random() < 0.6:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(random.uniform(30, 95)))
        image = Image.open(file)
    return np.asarray(image)


def cast_shadow(random, picture, parts):
    """The shadow of the parts, soft and a little aside."""
    aside, mask = random.normal(size=2) * 0.05, 0
    for outline, _ in parts:
        mask = np.maximum(mask, draw_mask(outline + aside))
    image = Image.fromarray((mask[..., 0] * 255).astype(np.uint8))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(random.uniform(2, 10))), np.float32)[..., None] / 255
    return picture * (1 - random.uniform(0.2, 0.7) * soft)


def composite(seed, scenes, mix=MIXES["usual"]):
    """The picture and matte of a seed: uint8 [192, 192, 4]."""
    random = np.random.default_rng(seed)
    picture = backdrop(random, scenes, mix.mast_chance)
    kind = KINDS[random.choice(len(KINDS), p=mix.shares)]
    parts = place(random, kind(random), kind)
    if random.random() < 0.4:
        picture = cast_shadow(random, picture, parts)
    picture, matte = paint(random, scenes, picture, parts)
    if random.random() < 0.3:
        picture, matte = fur(random, picture, matte)
    return np.concatenate([camera(random, picture), (np.clip(matte, 0, 1) * 255 + 0.5).astype(np.uint8)], 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first_seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("out")
    parser.add_argument("scenes")
    parser.add_argument("--mix", choices=MIXES, default="usual")
    arguments = parser.parse_args()
    scenes, mix = np.load(arguments.scenes, mmap_mode="r"), MIXES[arguments.mix]
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.count)
    np.save(arguments.out, np.stack([composite(seed, scenes, mix) for seed in seeds]))


if __name__ == "__main__":
    main()
