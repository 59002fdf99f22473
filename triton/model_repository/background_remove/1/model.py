"""background_remove: the net's alpha, corrected by a colour model of the picture itself, with holes filled (matte.py).

The guided filter that makes the edges sharp at full resolution needs the full picture and is done by the worker.
"""
import json

import numpy as np
from batching import open_session, read_inputs, respond
from matte import correct_matte


class TritonPythonModel:
    def initialize(self, args):
        self.session = open_session(args, json.loads(args["model_config"]))

    def execute(self, requests):
        return respond(requests, read_inputs, self.run)

    def run(self, inputs):
        """TILE [n, 512, 512, 3] -> RESULT [n, 512, 512, 1]; the net runs as one batch, the rest per picture."""
        alphas = self.session.run(["RESULT"], inputs)[0]
        pictures = zip(alphas[..., 0], inputs["TILE"])
        return np.stack([correct_matte(alpha, rgb) for alpha, rgb in pictures])[..., None]
