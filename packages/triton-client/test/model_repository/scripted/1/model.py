"""Fails, dies or takes its time as the parameters of the request say; else answers them as JSON (UINT8 [n])."""
import json
import os
import time

import numpy as np
import triton_python_backend_utils as pb_utils
from tensors import from_numpy


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(json.loads(request.parameters())) for request in requests]

    def answer(self, parameters):
        print(f"following {json.dumps(parameters)}", flush=True)  # in Triton's log: a test can wait for it
        if "raise" in parameters:
            raise ValueError(parameters["raise"])
        if "refuse" in parameters:
            error = pb_utils.TritonError(parameters["refuse"], pb_utils.TritonError.INVALID_ARG)
            return pb_utils.InferenceResponse(error=error)
        if "exit" in parameters:
            os._exit(1)
        time.sleep(parameters.get("sleep_ms", 0) / 1000)
        text = json.dumps(parameters).encode()
        return pb_utils.InferenceResponse([from_numpy("PARAMETERS", np.frombuffer(text, np.uint8))])
