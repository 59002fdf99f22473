"""The files that Triton serves are what the builders make, and keep the contract that config.pbtxt states."""
import unittest
from unittest import mock

import build
from builders import weights
from builders.shipped_models import BUILDERS, MODEL_REPOSITORY, shipped_path
from quality.model_config import config_parameters, read_tile_facts
from quality.tile_model import open_shipped


class ShippedModels(unittest.TestCase):
    def test_every_shipped_file_is_rebuilt_byte_for_byte(self):
        self.assertEqual(build.differences(BUILDERS), [])

    def test_every_graph_in_the_model_repository_has_a_builder(self):
        graphs = {path.parents[1].name for path in MODEL_REPOSITORY.glob("*/*/model.onnx")}
        self.assertEqual(graphs, set(BUILDERS))

    def test_a_weight_that_has_changed_is_a_difference(self):
        changed = weights.load_weights("upscale_x2")
        changed["body.4.bias"][7] += 1e-6
        with mock.patch("builders.upscale.load_weights", return_value=changed):
            lines = build.differences(["upscale_x2"])
        self.assertEqual(len(lines), 1)
        shipped = build.sha256(shipped_path("upscale_x2"))
        self.assertRegex(lines[0], f"^upscale_x2: built [0-9a-f]{{64}}, shipped {shipped}$")

    def test_a_missing_file_is_a_difference(self):
        with mock.patch("build.shipped_path", return_value=MODEL_REPOSITORY / "no such file"):
            self.assertRegex(build.differences(["style_aged"])[0], "shipped missing$")

    def test_the_tiles_of_every_graph_are_those_of_its_config(self):
        for model in BUILDERS:
            with self.subTest(model):
                facts, session = read_tile_facts(model), open_shipped(model).session
                result_px = facts.tile_px * facts.scale
                self.assertEqual(session.get_inputs()[0].shape, ["N", facts.tile_px, facts.tile_px, 3])
                channels = 1 if model == "background_remove" else 3
                self.assertEqual(session.get_outputs()[0].shape, ["N", result_px, result_px, channels])

    def test_only_the_picture_of_background_remove_is_one_tile(self):
        self.assertEqual([model for model in BUILDERS if read_tile_facts(model).whole], ["background_remove"])

    def test_a_config_is_read_without_its_comments(self):
        text = ('# parameters { key: "halo_px" value { string_value: "1" } }\n'
                'parameters {\n  key: "halo_px"\n  value { string_value: "24" }\n}\n'
                'parameters { key: "scale" value { string_value: "2" } }')
        self.assertEqual(config_parameters(text), {"halo_px": "24", "scale": "2"})
