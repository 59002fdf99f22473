"""Writes trained weights as plain arrays, so that building the graphs needs no torch.

    python3 -m training.export_weights OUT.npz TRAINED.pt ...

Several .pt files (snapshots of one network) are averaged.
"""
import argparse

import numpy as np
import torch


def average_states(states):
    """Name -> float32 array, the mean over state dicts of one network; without the counters of batch normalisation."""
    names = [name for name in states[0] if not name.endswith("num_batches_tracked")]
    return {name: np.mean([state[name].float().numpy() for state in states], 0) for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("trained", nargs="+")
    arguments = parser.parse_args()
    states = [torch.load(path, map_location="cpu") for path in arguments.trained]
    np.savez(arguments.out, **average_states(states))


if __name__ == "__main__":
    main()
