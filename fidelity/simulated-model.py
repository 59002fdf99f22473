"""A model that answers at once: each tile itself, repeated to the size of RESULT; a soft disc where RESULT is a mask.

Which of them follows from the dims of config.pbtxt. PARAMS and COORDS are taken and not used.
"""
import json

import numpy as np
import triton_python_backend_utils as pb_utils
from tensors import from_numpy, to_numpy

SOFT_PX = 40  # width of the disc's edge


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        dims = {tensor["name"]: [int(dim) for dim in tensor["dims"]] for tensor in config["input"] + config["output"]}
        self.scale = dims["RESULT"][0] // dims["TILE"][0]
        self.mask = soft_disc(dims["RESULT"][0]) if dims["RESULT"][2] == 1 else None

    def execute(self, requests):
        return [pb_utils.InferenceResponse([from_numpy("RESULT", self.answer(request))]) for request in requests]

    def answer(self, request):
        tiles = to_numpy(pb_utils.get_input_tensor_by_name(request, "TILE"))
        if self.mask is not None:
            return np.repeat(self.mask[None], len(tiles), axis=0)
        return enlarged(tiles, self.scale)


def soft_disc(side_px):
    """[T, T, 1]: 255 inside, 0 outside, and a ramp between."""
    offset = np.arange(side_px) - side_px / 2
    distance = np.hypot(offset[:, None], offset[None, :])
    return (np.clip((side_px * 0.35 - distance) / SOFT_PX + 0.5, 0, 1) * 255).astype(np.uint8)[..., None]


def enlarged(tiles, scale):
    """[N, H, W, 3] to [N, scale*H, scale*W, 3]. Whole pixels move as items of 3 bytes, which is faster."""
    pixels = np.ascontiguousarray(tiles).view("V3")[..., 0]
    return pixels.repeat(scale, 2).repeat(scale, 1)[..., None].view(np.uint8)
