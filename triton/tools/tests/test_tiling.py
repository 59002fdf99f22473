"""Tiles put together are the picture that is not cut, byte for byte; and with too small a halo they are not."""
import dataclasses
import unittest

import numpy as np
from pictures import detailed_picture

from builders import style_aged
from quality.measurements import BUSY_PARAMS, batch_difference
from quality.model_config import TileFacts, read_tile_facts
from quality.sample_photos import mosaic
from quality.tile_model import open_for_whole, open_shipped
from quality.tiling import mirror_to, run_tiled, run_untiled, tile_origins_px

# Height and width that need two tiles, or two each way, and no more; style_aged's reference is square.
PICTURES_PX = {"upscale": (256, 280), "upscale_x2": (280, 300), "enhance": (279, 301), "style_comic": (540, 512),
               "style_aged": (530, 530)}


class Tiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.facts = {model: read_tile_facts(model) for model in PICTURES_PX}
        cls.models = {model: open_shipped(model) for model in PICTURES_PX}
        cls.untiled = {}
        for model, size_px in PICTURES_PX.items():
            whole = open_for_whole(model, size_px[0])
            picture = detailed_picture(*size_px)
            cls.untiled[model] = run_untiled(whole, picture, cls.facts[model], BUSY_PARAMS.get(model))

    def tiled(self, model, facts):
        return run_tiled(self.models[model], detailed_picture(*PICTURES_PX[model]), facts, BUSY_PARAMS.get(model))

    def test_a_tiled_picture_is_the_untiled_one_with_the_halo_of_the_config(self):
        for model in PICTURES_PX:
            with self.subTest(model):
                np.testing.assert_array_equal(self.tiled(model, self.facts[model]), self.untiled[model])

    def test_a_tiled_picture_is_not_the_untiled_one_with_a_quarter_of_the_halo(self):
        for model in PICTURES_PX:
            with self.subTest(model):
                facts = self.facts[model]
                smaller = dataclasses.replace(facts, halo_px=facts.halo_px // 4)
                self.assertFalse(np.array_equal(self.tiled(model, smaller), self.untiled[model]))

    def test_a_batch_of_three_is_three_batches_of_one(self):
        for model in PICTURES_PX:
            with self.subTest(model):
                self.assertEqual(batch_difference(model, side_px=128), 0)
        self.assertEqual(batch_difference("background_remove"), 0)

    def test_a_picture_smaller_than_a_tile_gives_a_result_of_its_own_size(self):
        facts = self.facts["upscale_x2"]
        picture = mosaic(33, 70)
        result = run_tiled(self.models["upscale_x2"], picture, facts)
        self.assertEqual(result.shape, (66, 140, 3))
        self.assertLess(np.abs(result[::2, ::2].astype(int) - picture).mean(), 12)


class Grain(unittest.TestCase):
    """style_aged places grain, scratches and dust by COORDS: two tiles that see the same pixels agree about them."""

    PARAMS = (1, 0, 0, 1, 0, 0, 1, 7)  # nothing but grain, scratches and dust
    PICTURE_PX = (2000, 1500)

    @classmethod
    def setUpClass(cls):
        cls.model = open_shipped("style_aged")
        cls.grey = np.full((style_aged.TILE_PX, style_aged.TILE_PX, 3), 128, np.uint8)

    def tile_at(self, x, y, seed=7):
        return self.model.run_one(self.grey, (*self.PARAMS[:-1], seed), (x, y, *self.PICTURE_PX))

    def test_two_tiles_agree_where_they_overlap(self):
        first, second = self.tile_at(400, 600), self.tile_at(500, 700)
        halo_px = read_tile_facts("style_aged").halo_px
        shared = first[100 + halo_px:-halo_px, 100 + halo_px:-halo_px]
        self.assertGreater(shared.std(), 3)
        np.testing.assert_array_equal(shared, second[halo_px:-100 - halo_px, halo_px:-100 - halo_px])

    def test_other_places_have_other_grain(self):
        self.assertLess(correlation(self.tile_at(0, 0), self.tile_at(512, 512)), 0.3)

    def test_other_seeds_have_other_grain(self):
        self.assertLess(correlation(self.tile_at(0, 0), self.tile_at(0, 0, seed=8)), 0.3)


def correlation(first, second):
    return abs(np.corrcoef(first.ravel().astype(float), second.ravel().astype(float))[0, 1])


class TilePlaces(unittest.TestCase):
    FACTS = TileFacts(whole=False, tile_px=256, halo_px=24, origin_align_px=2, scale=1)

    def test_tiles_overlap_by_two_halos_and_the_last_ends_at_the_border(self):
        self.assertEqual(tile_origins_px(256, self.FACTS), [0])
        self.assertEqual(tile_origins_px(258, self.FACTS), [0, 2])
        self.assertEqual(tile_origins_px(256 + 2 * 208, self.FACTS), [0, 208, 416])
        self.assertEqual(tile_origins_px(258 + 2 * 208, self.FACTS), [0, 208, 416, 418])

    def test_a_picture_is_continued_by_its_mirror_image_as_often_as_needed(self):
        row = np.arange(3, dtype=np.uint8).reshape(1, 3, 1) * np.ones((2, 1, 3), np.uint8)
        self.assertEqual(mirror_to(row, 2, 8)[0, :, 0].tolist(), [0, 1, 2, 1, 0, 1, 2, 1])
