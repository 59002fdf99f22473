"""Measures the shipped models on the photos in samples/, prints a table, and exits 1 when a gate is missed.

    python3 gates.py

Exactness gates ask for no difference at all. The others lie a little below what the shipped weights reach: new weights
that miss one are worse. The photos were looked at while the weights were made, so this is no blind test.
"""
import sys
from dataclasses import dataclass

import numpy as np

from builders.shipped_models import BUILDERS
from quality import measurements
from quality.model_config import read_tile_facts


@dataclass(frozen=True)
class Gate:
    """One measured number and the range that it must lie in."""

    name: str
    value: float
    unit: str
    at_least: float = -np.inf
    at_most: float = np.inf

    @property
    def met(self):
        return bool(self.at_least <= self.value <= self.at_most)  # NaN is in no range

    def row(self):
        """The gate as a row of a Markdown table."""
        number = f"{self.value:.0f}" if self.unit == "levels" else f"{self.value:.2f}"
        need = f"<= {self.at_most:g}" if self.at_most < np.inf else f">= {self.at_least:g}"
        return f"| {self.name} | {number} | {need} | {self.unit} | {'ok' if self.met else 'MISSED'} |"


def exactness_gates():
    """Yields: tiled is untiled, a batch of three is three batches of one, for every model."""
    for model in BUILDERS:
        if not read_tile_facts(model).whole:
            difference = measurements.tiling_difference(model)
            yield Gate(f"{model}: tiled against untiled", difference, "levels", at_most=0)
        difference = measurements.batch_difference(model)
        yield Gate(f"{model}: batch of 3 against 3 x 1", difference, "levels", at_most=0)


def quality_gates():
    """Yields: means over the sample photos."""
    for model, least_db in (("upscale_x2", 1.7), ("upscale", 0.9)):
        gain_db = np.mean(measurements.upscale_gains_db(model))
        yield Gate(f"{model}: gain over bicubic", gain_db, "dB PSNR-Y", at_least=least_db)
    for name, sigma, quality, least_db in (
            ("noise 15", 15, None, 4.5), ("noise 25", 25, None, 5.2), ("noise 8 + JPEG 50", 8, 50, 1.1)):
        gain_db = np.mean(measurements.enhance_gains_db(sigma, quality))
        yield Gate(f"enhance: gain on {name}", gain_db, "dB PSNR-Y", at_least=least_db)
    gain_db = np.mean([measurements.enhance_gains_db(0, quality) for quality in (20, 30, 40)])
    yield Gate("enhance: gain on JPEG 20, 30, 40", gain_db, "dB PSNR-Y", at_least=0.6)
    yield Gate("enhance: clean photos stay", np.mean(measurements.clean_psnr_db()), "dB PSNR-Y", at_least=38)
    overlap = np.mean(measurements.matte_overlaps())
    yield Gate("background_remove: overlap with the subject", overlap, "IoU", at_least=0.65)


def main():
    print("| gate | measured | needed | unit | |\n|---|---|---|---|---|")
    missed = 0
    for gates in (exactness_gates(), quality_gates()):
        for gate in gates:
            print(gate.row(), flush=True)
            missed += not gate.met
    print(f"\n{missed} gates missed" if missed else "\nall gates met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
