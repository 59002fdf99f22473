"""enhance: one ONNX graph (blind denoise and JPEG cleaning, then one tone curve) behind a check of PARAMS.

A Python model, not an ONNX one, because a NaN among PARAMS must fail its own request with a clear message.
"""
import json

import numpy as np
from batching import BadRequest, open_session, read_inputs, respond

PARAMS = (  # name, smallest, largest; MODEL.md says what they do
    ("denoise", 0.0, 1.0),
    ("black", 0.0, 0.25),
    ("white", 0.75, 1.0),
    ("gamma", 0.4, 2.5),
    ("contrast", -0.5, 1.0),
    ("saturation", 0.0, 2.0),
    ("sharpen", 0.0, 2.0),
    ("red gain", 0.85, 1.15),
    ("blue gain", 0.85, 1.15),
)
NAMES = [name for name, _, _ in PARAMS]
SMALLEST = np.array([smallest for _, smallest, _ in PARAMS], np.float32)
LARGEST = np.array([largest for _, _, largest in PARAMS], np.float32)


def read(request):
    """Inputs of a request whose PARAMS [n, 9] are all in range."""
    inputs = read_inputs(request)
    params = inputs["PARAMS"]
    in_range = (params >= SMALLEST) & (params <= LARGEST)  # NaN is in no range
    if not in_range.all():
        row, column = np.argwhere(~in_range)[0]
        raise BadRequest(f"PARAMS[{column}] ({NAMES[column]}) is {params[row, column]}, "
                         f"it must be {SMALLEST[column]:g} to {LARGEST[column]:g}")
    return inputs


class TritonPythonModel:
    def initialize(self, args):
        self.session = open_session(args, json.loads(args["model_config"]))

    def execute(self, requests):
        return respond(requests, read, lambda inputs: self.session.run(["RESULT"], inputs)[0])
