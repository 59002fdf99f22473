"""Enhances whole encoded pictures on a simulated GPU: decodes, "runs", encodes.

The GPU takes base_ms + n * per_item_ms (parameters of config.pbtxt) for pictures that the tiled model would get as n tiles:
equal work for equal pictures. As in simgpu, the answer is the inverted picture. Decoding and encoding is the CPU's work
and comes on top. Needs Pillow.
"""
import io
import json
import math
import time

import numpy as np
import triton_python_backend_utils as pb_utils
from PIL import Image, ImageOps
from tensors import from_numpy, to_numpy

TILE_PX, STRIDE_PX = 256, 208  # tiles of `enhance`: neighbours share two halos of 24 px
QUALITY = 90  # as results of the tiled worker


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.base_s = float(parameters["base_ms"]["string_value"]) / 1e3
        self.per_tile_s = float(parameters["per_item_ms"]["string_value"]) / 1e3

    def execute(self, requests):
        pictures = [decode(request) for request in requests]
        good = [index for index, picture in enumerate(pictures) if isinstance(picture, np.ndarray)]
        for index, result in zip(good, self.run([pictures[index] for index in good])):
            pictures[index] = result
        return [respond(picture) for picture in pictures]

    def run(self, pictures):
        """Inverted pictures [H, W, 3], once the GPU has had its time for them."""
        if not pictures:
            return []
        done_at = time.perf_counter() + self.base_s + self.per_tile_s * sum(map(tiles_of, pictures))
        results = [255 - picture for picture in pictures]
        time.sleep(max(0.0, done_at - time.perf_counter()))  # the work above is part of the simulated time
        return results


def decode(request):
    """The picture of a request, UINT8 [H, W, 3] and upright; a TritonError where it is none."""
    data = to_numpy(pb_utils.get_input_tensor_by_name(request, "IMAGE"))[0]
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        return pb_utils.TritonError(f"IMAGE cannot be decoded: {problem}", pb_utils.TritonError.INVALID_ARG)


def respond(result):
    if isinstance(result, pb_utils.TritonError):
        return pb_utils.InferenceResponse(error=result)
    file = io.BytesIO()
    Image.fromarray(result).save(file, "JPEG", quality=QUALITY)
    return pb_utils.InferenceResponse([from_numpy("RESULT", np.frombuffer(file.getbuffer(), np.uint8)[None])])


def tiles_of(picture):
    """How many tiles the tiled worker cuts of a picture (packages/worker/src/image/tile-plan.ts)."""
    return math.prod(max(0, math.ceil((side + side % 2 - TILE_PX) / STRIDE_PX)) + 1 for side in picture.shape[:2])
