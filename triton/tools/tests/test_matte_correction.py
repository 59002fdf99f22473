"""The numpy part of background_remove: colour model, holes, islands, guided filter."""
import unittest

import numpy as np

from quality.matte_correction import colour_model, guided_filter, matte, regions
from quality.sample_photos import load_photo
from quality.tile_model import open_shipped

SIDE_PX = 60


def mask_with(*boxes):
    """float32 [60, 60]: 1 in the boxes (top, bottom, left, right), else 0."""
    mask = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = 1
    return mask


class Regions(unittest.TestCase):
    def test_a_hole_is_filled(self):
        mask = mask_with((10, 50, 10, 50))
        holed = mask.copy()
        holed[25:35, 25:35] = 0
        np.testing.assert_array_equal(regions.fill_holes(holed), mask)

    def test_a_bay_that_is_open_to_the_frame_stays(self):
        mask = mask_with((10, 50, 10, 50))
        mask[25:35, 25:] = 0
        np.testing.assert_array_equal(regions.fill_holes(mask), mask)

    def test_a_narrow_gap_at_the_lower_border_is_a_hole(self):
        mask = mask_with((10, 60, 10, 50))
        narrow, wide = mask.copy(), mask.copy()
        narrow[30:, 28:32] = 0
        wide[30:, 20:40] = 0
        np.testing.assert_array_equal(regions.fill_holes(narrow), mask)
        np.testing.assert_array_equal(regions.fill_holes(wide), wide)

    def test_a_spiral_is_followed_to_its_end(self):
        mask = mask_with((5, 55, 5, 55))
        for row in range(10, 50, 8):  # one passage, there and back again
            mask[row:row + 4, 10:50] = 0
        for number, row in enumerate(range(10, 42, 8)):
            mask[row:row + 12, slice(46, 50) if number % 2 else slice(10, 14)] = 0
        mask[10:14, 40:] = 0
        np.testing.assert_array_equal(regions.fill_holes(mask), mask)

    def test_a_small_island_is_dropped_with_its_soft_rim(self):
        subject = mask_with((10, 50, 5, 35))
        mask = subject.copy()
        mask[20:24, 50:54] = 1
        mask[19, 50:54] = 0.4
        np.testing.assert_array_equal(regions.drop_islands(mask), subject)

    def test_a_second_subject_is_kept(self):
        mask = mask_with((10, 50, 5, 25), (10, 50, 35, 55))
        np.testing.assert_array_equal(regions.drop_islands(mask), mask)

    def test_empty_and_full_masks_stay(self):
        for value in (0, 1):
            mask = np.full((SIDE_PX, SIDE_PX), value, np.float32)
            np.testing.assert_array_equal(regions.drop_islands(regions.fill_holes(mask)), mask)

    def test_regions_that_touch_only_at_corners_are_two(self):
        inside = np.array([[1, 0, 1], [0, 1, 1], [1, 0, 0]], bool)
        labels = regions.label(inside)
        self.assertEqual(len(set(labels[inside])), 3)
        self.assertEqual(labels[0, 2], labels[1, 1])
        self.assertTrue((labels[~inside] == 0).all())


class GuidedFilter(unittest.TestCase):
    def test_a_box_mean_is_the_mean_of_the_window(self):
        values = np.random.default_rng(1).random((12, 17)).astype(np.float32)
        padded = np.pad(values, 2, "edge")
        expected = sum(padded[y:y + 12, x:x + 17] for y in range(5) for x in range(5)) / 25
        np.testing.assert_allclose(guided_filter.box_mean(values, 2), expected, atol=1e-6)

    def test_a_closed_form_solution_is_that_of_linear_algebra(self):
        random = np.random.default_rng(2)
        colours = random.random((4, 5, 3, 6))
        covariance, right = colours @ colours.swapaxes(-1, -2), random.random((4, 5, 3))
        entries = covariance[..., [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]]
        expected = np.linalg.solve(covariance + 0.01 * np.eye(3), right[..., None])[..., 0]
        np.testing.assert_allclose(guided_filter.solve_symmetric(entries, 0.01, right), expected, atol=1e-6)

    def test_values_follow_the_edges_of_the_picture(self):
        picture = np.repeat(mask_with((0, 60, 30, 60))[..., None], 3, 2) * np.array([0.9, 0.2, 0.4], np.float32)
        blurred = guided_filter.box_mean(mask_with((0, 60, 30, 60)), 6)
        smooth = guided_filter.guided_smooth(picture, blurred, 8, 1e-4)
        self.assertGreater(smooth[30, 31] - smooth[30, 28], 2 * (blurred[30, 31] - blurred[30, 28]))


class ColourModel(unittest.TestCase):
    def test_white_and_black_in_lab(self):
        lab = colour_model.lab(np.array([[[1, 1, 1], [0, 0, 0]]], np.float32))[0]
        np.testing.assert_allclose(lab, [[1, 0, 0], [0, 0, 0]], atol=2e-3)

    def test_a_part_that_the_net_missed_is_found_by_its_colour(self):
        random = np.random.default_rng(0)
        subject = mask_with((12, 60, 15, 45))
        picture = np.where(subject[..., None] > 0, [0.8, 0.2, 0.1], [0.2, 0.4, 0.8])
        picture = (picture + random.normal(0, 0.02, picture.shape)).clip(0, 1).astype(np.float32)
        net = np.where(subject > 0, 0.95, 0.03).astype(np.float32)
        net[30:38, 25:35] = 0.45
        odds = colour_model.subject_log_odds(picture, net)
        self.assertTrue((odds[32:36, 27:33] > 2).all())
        self.assertTrue((odds[2:10] < -2).all())


class CorrectMatte(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.picture = np.asarray(load_photo("astronaut").resize((512, 512)))
        cls.alpha = open_shipped("background_remove").run_one(cls.picture)[..., 0]

    def test_it_is_the_same_twice(self):
        first = matte.correct_matte(self.alpha, self.picture)
        np.testing.assert_array_equal(matte.correct_matte(self.alpha, self.picture), first)
        self.assertEqual((first.shape, first.dtype), ((512, 512), np.uint8))

    def test_an_empty_alpha_stays_empty_and_a_full_one_full(self):
        for value in (0, 255):
            alpha = np.full((512, 512), value, np.uint8)
            np.testing.assert_array_equal(matte.correct_matte(alpha, self.picture), alpha)

    def test_a_flat_picture_has_no_subject(self):
        flat = np.full((512, 512, 3), 150, np.uint8)
        alpha = open_shipped("background_remove").run_one(flat)[..., 0]
        self.assertEqual(matte.correct_matte(alpha, flat).max(), 0)

    def test_a_flat_picture_breaks_nothing_whatever_the_net_says(self):
        flat = np.zeros((512, 512, 3), np.uint8)
        corrected = matte.correct_matte(self.alpha, flat)
        self.assertEqual((corrected.shape, corrected.dtype), ((512, 512), np.uint8))

    def test_making_a_mask_small_and_large_again_keeps_its_place(self):
        mask = np.zeros((512, 512), np.uint8)
        mask[128:384, 200:300] = 255
        again = matte.resize(matte.shrink(mask), 512)
        self.assertLess(np.abs(again - mask / 255).mean(), 0.02)
        self.assertEqual(matte.shrink(mask).shape, (matte.SMALL, matte.SMALL))
