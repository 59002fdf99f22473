"""Answers every image with itself; a batch of n takes base_ms + n * per_item_ms (parameters of config.pbtxt)."""
import json
import time

import triton_python_backend_utils as pb_utils
from tensors import from_numpy, to_numpy


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.base_s = float(parameters["base_ms"]["string_value"]) / 1e3
        self.per_item_s = float(parameters["per_item_ms"]["string_value"]) / 1e3

    def execute(self, requests):
        time.sleep(self.base_s + self.per_item_s * len(requests))
        return [pb_utils.InferenceResponse([from_numpy("RESULT", image_of(request))]) for request in requests]


def image_of(request):
    return to_numpy(pb_utils.get_input_tensor_by_name(request, "IMAGE")).copy()
