"""What the gates measure: exactness of tiles and batches, and how much the models improve damaged sample photos."""
import numpy as np
from PIL import Image

from builders import enhance, style_aged, style_comic
from quality import tiling
from quality.damage import damaged, shrink
from quality.matte_correction import matte
from quality.model_config import read_tile_facts
from quality.picture_measures import intersection_over_union, psnr_y_db
from quality.sample_photos import NAMES, load_photo, mosaic, subject_mask
from quality.tile_model import open_at_any_size, open_for_whole, open_shipped

# Settings that use every part of a graph.
BUSY_PARAMS = {
    "enhance": (1, 0.03, 0.95, 0.9, 0.2, 1.15, 0.6, 1.03, 0.97),
    "style_comic": style_comic.DEFAULTS,
    "style_aged": style_aged.DEFAULTS,
}


def largest_difference(first, second):
    """In levels of 255."""
    return int(np.abs(first.astype(int) - second).max())


def tiling_difference(model):
    """Largest difference in levels between a tiled and an untiled picture, with the halo of config.pbtxt."""
    facts = read_tile_facts(model)
    side_px = facts.tile_px + 48  # two tiles each way
    picture, params = mosaic(side_px, side_px), BUSY_PARAMS.get(model)
    tiled = tiling.run_tiled(open_shipped(model), picture, facts, params)
    untiled = tiling.run_untiled(open_for_whole(model, side_px), picture, facts, params)
    return largest_difference(tiled, untiled)


def batch_difference(model, side_px=None):
    """Largest difference in levels between a batch of three tiles, with different settings, and one at a time.

    With tiles of another side than the shipped one if side_px is given; not for background_remove.
    """
    opened = open_shipped(model) if side_px is None else open_for_whole(model, side_px)
    side_px = side_px or opened.tile_px
    picture = mosaic(800, 1000)
    corners = ((0, 0), (90, 130), (280, 211))
    tiles = np.stack([picture[y:y + side_px, x:x + side_px] for x, y in corners])
    params = np.array([BUSY_PARAMS.get(model, ())] * 3, np.float32)
    params[1] *= np.float32(0.9)
    coords = np.array([(x, y, 1000, 800) for x, y in corners], np.float32)
    together = opened.run(tiles, params, coords)
    alone = [opened.run_one(*inputs) for inputs in zip(tiles, params, coords)]
    return largest_difference(together, np.stack(alone))


def upscale_gains_db(model):
    """PSNR of luma above that of bicubic enlargement, in dB: one number per sample photo."""
    opened, scale = open_at_any_size(model), read_tile_facts(model).scale
    gains = []
    for name in NAMES:
        photo = load_photo(name)
        small = shrink(photo, scale)
        bicubic, enlarged = small.resize(photo.size, Image.BICUBIC), opened.run_whole(np.asarray(small))
        gains.append(psnr_y_db(enlarged, photo) - psnr_y_db(bicubic, photo))
    return gains


def enhance_gains_db(sigma, quality):
    """PSNR of luma above that of the damaged photo (noise of sigma levels, JPEG quality), in dB, per sample photo."""
    opened, gains = open_at_any_size("enhance"), []
    for name in NAMES:
        photo = load_photo(name)
        bad = damaged(photo, sigma, quality)
        cleaned = opened.run_whole(np.asarray(bad), enhance.ONLY_DENOISE)
        gains.append(psnr_y_db(cleaned, photo) - psnr_y_db(bad, photo))
    return gains


def clean_psnr_db():
    """PSNR of luma of undamaged photos after full denoising, in dB, per sample photo: how little it harms."""
    opened = open_at_any_size("enhance")
    photos = [load_photo(name) for name in NAMES]
    return [psnr_y_db(opened.run_whole(np.asarray(photo), enhance.ONLY_DENOISE), photo) for photo in photos]


def matte_overlaps():
    """Intersection over union of the corrected matte with a subject drawn by eye, per sample photo."""
    opened, overlaps = open_shipped("background_remove"), []
    size = (opened.tile_px, opened.tile_px)
    for name in NAMES:
        square = np.asarray(load_photo(name).resize(size, Image.BICUBIC))
        mask = matte.correct_matte(opened.run_one(square)[..., 0], square)
        overlaps.append(intersection_over_union(mask > 127, subject_mask(name, size)))
    return overlaps
