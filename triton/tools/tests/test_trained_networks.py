"""The networks of the training, with the shipped weights, are the shipped graphs. Skipped without torch."""
import unittest

import numpy as np
from graph_evaluation import evaluate
from pictures import detailed_picture

from builders.enhance import ONLY_DENOISE
from builders.matte_network import matte_log_odds
from builders.weights import load_weights
from quality.tile_model import open_shipped

try:
    import torch
except ModuleNotFoundError as missing:
    raise unittest.SkipTest("torch is only needed for training") from missing

from training.export_weights import average_states
from training.loop import run_network, to_tensor
from training.matte_network import MatteNetwork
from training.networks import Enhance, Upscale


def with_shipped_weights(network, name):
    state = {key: torch.from_numpy(values) for key, values in load_weights(name).items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    if unexpected or not all(key.endswith("num_batches_tracked") for key in missing):
        raise AssertionError(f"{name}: {missing} missing, {unexpected} unexpected")
    return network.eval().requires_grad_(False)


class TrainedNetworks(unittest.TestCase):
    def assert_within_one_level(self, result, expected):
        self.assertLessEqual(np.abs(result.astype(int) - expected.astype(int)).max(), 1)

    def test_upscale_is_its_graph(self):
        tile = detailed_picture(256, 256)
        for model, weights, scale in (("upscale", "upscale_x4", 4), ("upscale_x2", "upscale_x2", 2)):
            with self.subTest(model):
                result = run_network(with_shipped_weights(Upscale(scale), weights), tile)
                self.assert_within_one_level(result, open_shipped(model).run_one(tile))

    def test_enhance_is_its_graph_away_from_the_border(self):
        tile, inside = detailed_picture(256, 256), np.s_[24:-24, 24:-24]
        result = run_network(with_shipped_weights(Enhance(), "enhance"), tile)
        expected = open_shipped("enhance").run_one(tile, ONLY_DENOISE)  # it repeats the edges, the network adds zeros
        self.assert_within_one_level(result[inside], expected[inside])

    def test_the_matte_network_is_its_graph(self):
        tile, weights = detailed_picture(192, 192), load_weights("background_remove")
        expected = with_shipped_weights(MatteNetwork(), "background_remove")(to_tensor([tile])).numpy()
        result = evaluate(lambda graph, picture: matte_log_odds(graph, picture, weights, 96), tile)
        np.testing.assert_allclose(result, expected, atol=2e-3)

    def test_exported_weights_are_the_mean_of_the_snapshots(self):
        states = [{"a": torch.tensor([1.0, 2.0]), "b.num_batches_tracked": torch.tensor(3)},
                  {"a": torch.tensor([3.0, 2.0]), "b.num_batches_tracked": torch.tensor(9)}]
        exported = average_states(states)
        self.assertEqual({name: values.tolist() for name, values in exported.items()}, {"a": [2.0, 2.0]})
