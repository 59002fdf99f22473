"""The measures, the damage and the gates."""
import unittest

import numpy as np
from PIL import Image

from gates import Gate
from quality.damage import damaged
from quality.picture_measures import intersection_over_union, psnr_y_db
from quality.sample_photos import load_photo, subject_mask


class Measures(unittest.TestCase):
    def test_a_difference_of_one_level_of_grey_is_49_db(self):
        grey = np.full((20, 20, 3), 100)
        self.assertAlmostEqual(psnr_y_db(grey + 1, grey), 20 * np.log10(255 * 255 / 219), places=3)

    def test_half_of_a_mask_overlaps_by_one_half(self):
        mask = np.ones((4, 4), bool)
        half = mask.copy()
        half[:2] = False
        self.assertEqual(intersection_over_union(half, mask), 0.5)

    def test_damage_is_the_same_each_time(self):
        photo = load_photo("chelsea").crop((0, 0, 96, 96))
        first = np.asarray(damaged(photo, sigma=15, quality=30))
        np.testing.assert_array_equal(np.asarray(damaged(photo, sigma=15, quality=30)), first)
        self.assertLess(psnr_y_db(first, photo), 35)

    def test_a_subject_is_where_it_was_drawn(self):
        mask = subject_mask("rocket", (200, 100))
        self.assertEqual(mask.shape, (100, 200))
        self.assertTrue(mask[60, 103])
        self.assertLess(mask.mean(), 0.05)


class Gates(unittest.TestCase):
    def test_a_gate_is_missed_outside_its_range_and_by_no_number(self):
        self.assertTrue(Gate("gain", 1.5, "dB", at_least=1.4).met)
        self.assertFalse(Gate("gain", 1.3, "dB", at_least=1.4).met)
        self.assertFalse(Gate("difference", 1, "levels", at_most=0).met)
        self.assertFalse(Gate("gain", float("nan"), "dB", at_least=1.4).met)
        self.assertIn("| 1 | <= 0 | levels | MISSED |", Gate("difference", 1, "levels", at_most=0).row())

    def test_photos_are_cut_to_sides_that_halves_and_quarters_divide(self):
        photo = load_photo("coffee")
        self.assertIsInstance(photo, Image.Image)
        self.assertEqual((photo.width % 24, photo.height % 24, photo.mode), (0, 0, "RGB"))
