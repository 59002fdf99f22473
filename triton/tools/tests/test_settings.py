"""Settings that ask for no change give the same bytes back, and the others do something."""
import unittest

import numpy as np
from pictures import detailed_picture

from builders import enhance, style_aged, style_comic
from quality.tile_model import open_for_whole, open_shipped


class Settings(unittest.TestCase):
    def test_enhance_with_neutral_params_gives_the_same_bytes_back(self):
        tile = detailed_picture(256, 256)
        np.testing.assert_array_equal(open_shipped("enhance").run_one(tile, enhance.NEUTRAL), tile)

    def test_neutral_params_give_back_every_level(self):
        levels = np.arange(256, dtype=np.uint8)
        tile = np.stack(np.broadcast_arrays(levels[:, None], levels[None], levels[::-1, None]), -1)
        np.testing.assert_array_equal(open_shipped("enhance").run_one(tile, enhance.NEUTRAL), tile)

    def test_every_param_of_enhance_does_something(self):
        changed = (1, 0.1, 0.9, 0.8, 0.3, 1.5, 1, 1.1, 0.9)
        self.every_param_does_something("enhance", enhance.PARAMS, enhance.NEUTRAL, changed)

    def test_style_aged_with_strength_0_gives_the_same_bytes_back(self):
        tile, params = detailed_picture(512, 512), (0, *style_aged.DEFAULTS[1:])
        result = open_shipped("style_aged").run_one(tile, params, (512, 1024, 3000, 2000))
        np.testing.assert_array_equal(result, tile)

    def test_every_param_of_style_aged_does_something(self):
        changed = (0.5, 0, 0, 0, 0, 0, 0, 8)
        self.every_param_does_something("style_aged", style_aged.PARAMS, style_aged.DEFAULTS, changed)

    def test_every_param_of_style_comic_does_something(self):
        changed = (0, 4, 0, 1, 0, 1)
        self.every_param_does_something("style_comic", style_comic.PARAMS, style_comic.DEFAULTS, changed)

    def every_param_does_something(self, model, names, usual, changed):
        opened, picture = open_for_whole(model, 128), detailed_picture(128, 128)
        before = opened.run_whole(picture, usual)
        for number, name in enumerate(names):
            with self.subTest(name):
                params = [*usual]
                params[number] = changed[number]
                self.assertFalse(np.array_equal(opened.run_whole(picture, params), before))
