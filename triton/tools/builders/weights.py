"""Trained weights, as plain arrays: weights/<name>.npz is the source of the networks' models."""
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "weights"


def load_weights(name):
    """Name of a tensor (as torch's state_dict calls it) -> float32 array, in the order of the file."""
    with np.load(FOLDER / f"{name}.npz") as arrays:
        return dict(arrays)
