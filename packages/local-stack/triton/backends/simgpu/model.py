"""A simulated accelerator: a batch of n tiles takes base_ms + n * per_item_ms (parameters of config.pbtxt).

Takes UINT8 [N, T, T, C] and answers each tile inverted and enlarged (nearest neighbour) to the output's dims
[s*T, s*T, K], its first K <= C channels, so that a client can check every byte. The tiles are the first input of
config.pbtxt; further ones are taken and not used. The version folder may be empty.

Models of one server whose parameter device is the same share one accelerator: it runs one batch at a time, in the order
in which they come. Without it each has its own.
"""
import contextlib
import fcntl
import json
import os
import tempfile
import time

import numpy as np
import triton_python_backend_utils as pb_utils
from tensors import from_numpy, to_numpy


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        parameters = {key: value["string_value"] for key, value in config["parameters"].items()}
        self.base_s = float(parameters["base_ms"]) / 1e3
        self.per_item_s = float(parameters["per_item_ms"]) / 1e3
        [tile, *_], [result] = config["input"], config["output"]
        self.input, self.output = tile["name"], result["name"]
        self.scale = int(result["dims"][0]) // int(tile["dims"][0])
        self.channels = int(result["dims"][2])
        self.device = open_device(parameters["device"]) if "device" in parameters else None

    def execute(self, requests):
        with held(self.device):
            return self.run(requests)

    def run(self, requests):
        done_at = time.perf_counter() + self.base_s
        responses = []
        for request in requests:
            tiles = 255 - to_numpy(pb_utils.get_input_tensor_by_name(request, self.input))[..., : self.channels]
            done_at += self.per_item_s * len(tiles)
            if self.scale > 1:
                tiles = enlarge(tiles, self.scale)
            responses.append(pb_utils.InferenceResponse([from_numpy(self.output, tiles)]))
        time.sleep(max(0.0, done_at - time.perf_counter()))  # the work above is part of the simulated time
        return responses

    def finalize(self):
        if self.device:
            self.device.close()


def open_device(name):
    """A file that stands for the accelerator of this name; models are children of their server, which it belongs to."""
    return open(os.path.join(tempfile.gettempdir(), f"simgpu-{os.getppid()}-{name}.lock"), "w")


@contextlib.contextmanager
def held(device):
    if device:
        fcntl.flock(device, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if device:
            fcntl.flock(device, fcntl.LOCK_UN)


def enlarge(tiles, scale):
    """[N, H, W, C] to [N, scale*H, scale*W, C]. Whole pixels move as items of C bytes: half the time of single bytes."""
    pixels = np.ascontiguousarray(tiles).view(f"V{tiles.shape[3]}")[..., 0]
    return pixels.repeat(scale, 2).repeat(scale, 1)[..., None].view(np.uint8)
