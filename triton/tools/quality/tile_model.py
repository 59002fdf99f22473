"""Runs tile models with onnxruntime, on one CPU thread. Pictures and tiles are uint8 RGB: [H, W, 3], [N, T, T, 3]."""
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from builders.shipped_models import shipped_path
from builders.style_aged import build_style_aged


@dataclass
class TileModel:
    """An open ONNX file with the contract TILE, PARAMS?, COORDS? -> RESULT."""

    session: onnxruntime.InferenceSession

    @property
    def tile_px(self):
        return self.session.get_inputs()[0].shape[1]

    @property
    def input_names(self):
        return [tensor.name for tensor in self.session.get_inputs()]

    def run(self, tiles, params=None, coords=None):
        """tiles [N, T, T, 3], params [N, K], coords [N, 4] -> RESULT [N, ...]. Ignores what the model does not take."""
        settings = {"PARAMS": params, "COORDS": coords}
        inputs = {name: np.asarray(settings[name], np.float32) for name in self.input_names if name in settings}
        inputs["TILE"] = np.ascontiguousarray(tiles)
        return self.session.run(["RESULT"], inputs)[0]

    def run_one(self, tile, params=None, coords=None):
        """The same for one tile [T, T, 3], params [K] and coords [4] -> [...]."""
        return self.run(tile[None], [params], [coords])[0]

    def run_whole(self, picture, params=None):
        """One tile that is the whole picture; the model must take its size (open_at_any_size)."""
        height_px, width_px = picture.shape[:2]
        return self.run_one(picture, params, (0, 0, width_px, height_px))


def open_model(source):
    """source: path of an ONNX file, or a model in memory (onnx.ModelProto)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    data = source.SerializeToString() if isinstance(source, onnx.ModelProto) else str(source)
    return TileModel(onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"]))


def open_shipped(model):
    """A model of triton/model_repository."""
    return open_model(shipped_path(model))


def open_at_any_size(model):
    """A shipped graph with height and width left open: the reference that tiles are compared with."""
    graph = onnx.load(shipped_path(model))
    for value in (graph.graph.input[0], graph.graph.output[0]):
        for axis in (1, 2):
            value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
    return open_model(graph)


def open_for_whole(model, side_px):
    """The untiled reference for pictures of side x side: style_aged counts pixels, so it is built at that size."""
    if model != "style_aged":
        return open_at_any_size(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole.onnx"
        build_style_aged(str(path), side_px)
        return open_model(path)
