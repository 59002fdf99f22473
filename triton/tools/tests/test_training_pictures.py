"""The pictures that the networks are trained on, which need no torch."""
import unittest

import numpy as np
from pictures import detailed_picture
from PIL import Image

from quality.picture_measures import psnr_y_db
from training.composites import MIXES, composite
from training.random_damage import damage_at_random, shrink_imperfectly
from training.scenes import scene


class TrainingPictures(unittest.TestCase):
    def test_a_seed_is_always_the_same_scene_and_another_seed_another(self):
        first = scene(3, side_px=96)
        self.assertEqual((first.shape, first.dtype), ((96, 96, 3), np.uint8))
        np.testing.assert_array_equal(scene(3, side_px=96), first)
        self.assertFalse(np.array_equal(scene(4, side_px=96), first))

    def test_composites_have_subjects_before_backdrops(self):
        scenes = np.stack([scene(seed) for seed in (1, 2)])
        composites = np.stack([composite(seed, scenes) for seed in range(8)])
        self.assertEqual((composites.shape, composites.dtype), ((8, 192, 192, 4), np.uint8))
        mattes = composites[..., 3] / 255
        self.assertTrue(((mattes.mean((1, 2)) > 0.005) & (mattes.mean((1, 2)) < 0.98)).all())
        np.testing.assert_array_equal(composite(5, scenes), composites[5])
        self.assertFalse(np.array_equal(composite(5, scenes, MIXES["thin"]), composites[5]))

    def test_damage_at_random_damages_but_not_beyond_recognition(self):
        random, photo = np.random.default_rng(0), Image.fromarray(detailed_picture(96, 96))
        ratios_db = [psnr_y_db(damage_at_random(photo, random), photo) for _ in range(20)]
        self.assertLess(min(ratios_db), 30)
        self.assertGreater(min(ratios_db), 15)
        self.assertEqual(shrink_imperfectly(photo, 4, random).size, (24, 24))
