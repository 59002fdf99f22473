"""The graph builder against the same formulas in numpy."""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from graph_evaluation import evaluate

from builders.enhance import kernel_on_pixels
from builders.exact_hash import PRIME, cube, keys, modulo, uniform
from builders.onnx_graph import Graph
from quality.tile_model import open_model

SIDE_PX = 8


def random_tile():
    return np.random.default_rng(3).integers(0, 256, (SIDE_PX, SIDE_PX, 3), np.uint8)


def evaluate_random(make):
    return evaluate(make, random_tile())


def planes(tile):
    """uint8 [H, W, 3] -> float [1, 3, H, W], 0..1."""
    return tile.transpose(2, 0, 1)[None] / 255


class Arithmetic(unittest.TestCase):
    def test_operators_follow_python(self):
        source = planes(random_tile())
        result = evaluate_random(lambda graph, x: (2 - x) / (1 + x * x) - (-x) ** 2 + 1 / (x + 3) + (x - 1) / 4)
        expected = (2 - source) / (1 + source * source) - source ** 2 + 1 / (source + 3) + (source - 1) / 4
        np.testing.assert_allclose(result, expected, atol=1e-6)

    def test_mix_clamp_and_smoothstep(self):
        source = planes(random_tile())
        result = evaluate_random(lambda graph, x: graph.mix(x, graph.smoothstep(x, 0.25, 0.75), 0.4))
        share = np.clip((source - 0.25) / 0.5, 0, 1)
        np.testing.assert_allclose(result, source * 0.6 + share * share * (3 - 2 * share) * 0.4, atol=1e-6)

    def test_luma_is_that_of_bt_709(self):
        expected = (planes(random_tile()) * np.reshape([0.2126, 0.7152, 0.0722], (1, 3, 1, 1))).sum(1, keepdims=True)
        np.testing.assert_allclose(evaluate_random(lambda graph, x: graph.luma(x)), expected, atol=1e-6)


class Filters(unittest.TestCase):
    def test_a_blur_keeps_flat_pictures_up_to_the_border(self):
        flat = np.full((SIDE_PX, SIDE_PX, 3), 200, np.uint8)
        result = evaluate(lambda graph, x: graph.gaussian_blur(x, 1.5, channels=3), flat)
        np.testing.assert_allclose(result, planes(flat), atol=1e-6)

    def test_a_box_mean_repeats_the_edges(self):
        padded = np.pad(planes(random_tile()), ((0, 0), (0, 0), (1, 1), (1, 1)), "edge")
        expected = sum(padded[..., y:y + SIDE_PX, x:x + SIDE_PX] for y in range(3) for x in range(3)) / 9
        np.testing.assert_allclose(evaluate_random(lambda graph, x: graph.box_mean(x, 1)), expected, atol=1e-6)

    def test_a_block_mean_makes_the_picture_smaller(self):
        expected = planes(random_tile()).reshape(1, 3, 4, 2, 4, 2).mean((3, 5))
        np.testing.assert_allclose(evaluate_random(lambda graph, x: graph.block_mean(x, 2)), expected, atol=1e-6)

    def test_resizing_a_ramp_is_a_finer_ramp(self):
        ramp = np.broadcast_to(np.arange(0, 160, 20, dtype=np.uint8)[None, :, None], (SIDE_PX, SIDE_PX, 3))
        result = evaluate(lambda graph, x: graph.resize(x, 2), ramp)[0, 0, 0] * 255
        np.testing.assert_allclose(result[1:-1], np.arange(5, 145, 10), atol=1e-3)

    def test_a_convolution_of_blocks_is_one_of_pixels_with_stride_2(self):
        kernel = np.random.default_rng(4).normal(size=(5, 12, 3, 3)).astype(np.float32)

        def on_blocks(graph, x):
            blocks = graph.op("SpaceToDepth", x, blocksize=2)  # channels: row, column, colour
            order = kernel.reshape(5, 3, 4, 3, 3).transpose(0, 2, 1, 3, 4).reshape(5, 12, 3, 3)
            return graph.convolution(blocks, order)

        on_pixels = evaluate_random(
            lambda graph, x: graph.convolution(x, kernel_on_pixels(kernel), padding_px=(2, 2), stride=2))
        np.testing.assert_allclose(on_pixels, evaluate_random(on_blocks), atol=1e-4)


class ExactHash(unittest.TestCase):
    def test_remainders_and_cubes_are_exact(self):
        numbers = np.array([0, 1, 2, 4089, 4090, 4091, 8181, 123456, 4090 * 4090])
        result = evaluate_random(lambda graph, x: modulo(graph, graph.channel_constant(numbers)))
        self.assertEqual(result.ravel().tolist(), (numbers % PRIME).tolist())
        small = np.arange(PRIME)
        result = evaluate_random(lambda graph, x: cube(graph, graph.channel_constant(small)))
        self.assertEqual(result.ravel().tolist(), [int(number) ** 3 % PRIME for number in small])
        self.assertEqual(len(set(result.ravel().tolist())), PRIME)

    def test_chance_is_the_same_formula_in_whole_numbers(self):
        x, y, seed, offset = 1999, 3000, 4090, 17
        result = evaluate_random(lambda graph, _: uniform(
            graph, graph.const(float(x)), graph.const(float(y)), keys(graph, graph.const(float(seed)), offset)))
        key = (seed + offset) % PRIME
        key = key ** 3 % PRIME
        mixed_x, mixed_y = x ** 3 % PRIME, (y + 1777) ** 3 % PRIME
        mixed = ((mixed_x + 2 * mixed_y + key) % PRIME) ** 3 % PRIME
        expected = ((mixed + 3 * mixed_x + key) % PRIME) ** 3 % PRIME / PRIME
        self.assertAlmostEqual(float(result.ravel()[0]), expected, places=6)


class SavedModels(unittest.TestCase):
    def save(self, make):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            graph = Graph("test")
            graph.save(make(graph, graph.tile(SIDE_PX)), str(path), SIDE_PX)
            return path.read_bytes()

    def test_results_are_clamped_and_rounded_half_up(self):
        model = open_model(onnx.load_from_string(self.save(lambda graph, x: x * 2.0 - 0.5 / 255)))
        tile = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
        tile[0, :4, 0] = 0, 1, 127, 200
        self.assertEqual(model.run_one(tile)[0, :4, 0].tolist(), [0, 2, 254, 255])

    def test_a_picture_that_is_not_changed_keeps_its_bytes(self):
        model = open_model(onnx.load_from_string(self.save(lambda graph, x: x)))
        np.testing.assert_array_equal(model.run_one(random_tile()), random_tile())

    def test_the_same_calls_give_the_same_bytes(self):
        make = (lambda graph, x: graph.gaussian_blur(x, 0.7, channels=3) * 0.5)
        self.assertEqual(self.save(make), self.save(make))

    def test_equal_constants_are_stored_once(self):
        graph = Graph("test")
        self.assertIs(graph.const([1, 2]), graph.const(np.array([1.0, 2.0])))
        self.assertIsNot(graph.const([1, 2]), graph.integers(1, 2))
        self.assertEqual(len(graph.constants), 2)

    def test_a_graph_that_makes_no_sense_is_not_saved(self):
        with self.assertRaises(onnx.checker.ValidationError):
            self.save(lambda graph, x: graph.op("NoSuchOperator", x))
