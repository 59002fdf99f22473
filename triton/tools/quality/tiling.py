"""The rule by which a picture of any size is cut into tiles and put together again; the workers follow the same one.

Neighbouring tiles overlap by two halos. A tile decides its core, or everything up to the picture's border where it
touches it: there the model pads by itself. Smaller pictures, and sides that the alignment does not divide, are
continued by their mirror image.
"""
import numpy as np


def tile_origins_px(length_px, facts):
    """Where tiles start along a side of at least one tile; the last is shifted inwards to end at the border."""
    stride_px = (facts.tile_px - 2 * facts.halo_px) // facts.origin_align_px * facts.origin_align_px
    last_px = length_px - facts.tile_px
    return [*range(0, last_px, stride_px), last_px]


def mirrored_side_px(length_px, facts):
    """The next multiple of the alignment, and at least a tile."""
    aligned_px = -(-length_px // facts.origin_align_px) * facts.origin_align_px
    return max(facts.tile_px, aligned_px)


def mirror_to(picture, height_px, width_px):
    """Continues [H, W, 3] downwards and to the right by its mirror image, as often as needed."""
    while picture.shape[:2] != (height_px, width_px):
        down_px = min(height_px - picture.shape[0], picture.shape[0] - 1)
        right_px = min(width_px - picture.shape[1], picture.shape[1] - 1)
        picture = np.pad(picture, ((0, down_px), (0, right_px), (0, 0)), "reflect")
    return picture


def run_tiled(model, picture, facts, params=None):
    """uint8 [H, W, 3] -> [H scale, W scale, 3], tile by tile."""
    height_px, width_px = picture.shape[:2]
    source = mirror_to(picture, mirrored_side_px(height_px, facts), mirrored_side_px(width_px, facts))
    tile_px, scale = facts.tile_px, facts.scale
    result = np.zeros((source.shape[0] * scale, source.shape[1] * scale, 3), np.uint8)
    for y in tile_origins_px(source.shape[0], facts):
        for x in tile_origins_px(source.shape[1], facts):
            tile = source[y:y + tile_px, x:x + tile_px]
            answer = model.run_one(tile, params, (x, y, width_px, height_px))
            top_px, left_px = facts.halo_px if y else 0, facts.halo_px if x else 0
            rows = slice((y + top_px) * scale, (y + tile_px) * scale)
            columns = slice((x + left_px) * scale, (x + tile_px) * scale)
            result[rows, columns] = answer[top_px * scale:, left_px * scale:]
    return result[:height_px * scale, :width_px * scale]


def run_untiled(model, picture, facts, params=None):
    """The reference: the same picture as one tile. model is one of tile_model.open_for_whole."""
    height_px, width_px = picture.shape[:2]
    align_px = facts.origin_align_px
    source = mirror_to(picture, -(-height_px // align_px) * align_px, -(-width_px // align_px) * align_px)
    whole = model.run_one(source, params, (0, 0, width_px, height_px))
    return whole[:height_px * facts.scale, :width_px * facts.scale]
