"""Trains the network of background_remove on composites, on one CPU thread, until the time is up.

    python3 -m training.train_background_remove SECONDS OUT.pt VALIDATION.npy COMPOSITES.npy ... [--start EARLIER.pt]

60 % of the time with pictures of 96 to 128 pixels, then 160 to 256. Progress lines: share of the time, steps, mean
loss, mean absolute error and intersection over union on the first 60 validation composites. OUT.pt is written with each
line: keep copies to average (training.export_weights).
"""
import argparse
import copy

import numpy as np
import torch
from torch.nn import functional

from training.loop import Clock, RunningMean, coarse_arithmetic, prepare, set_learning_rate, take_step, to_tensor
from training.matte_network import MatteNetwork

SMALL_SHARE = 0.6  # of the time
SMALL_SIDES_PX, LARGE_SIDES_PX = (96, 128, 128), (160, 192, 224, 256)
SMALL_BATCH, LARGE_BATCH = 16, 8
VALIDATION_SIDE_PX, VALIDATION_COUNT = 192, 60
HIGHEST_RATE = 2e-3
REPORTS = 16


def crop(composite, random):
    """uint8 [S, S, 4], mirrored half of the time, and half of the time a part of it (often with the lower border)."""
    composite = composite[:, ::-1] if random.random() < 0.5 else composite
    side_px = len(composite)
    if random.random() < 0.5:
        part_px = int(random.uniform(0.68, 1) * side_px)
        at_bottom = random.random() < 0.5
        top = side_px - part_px if at_bottom else random.integers(0, side_px - part_px + 1)
        left = random.integers(0, side_px - part_px + 1)
        nearest = np.arange(side_px) * part_px // side_px
        composite = composite[top + nearest][:, left + nearest]
    return composite


def change_colours(picture, random):
    """float [3, H, W]: channels exchanged, exponent, contrast, brightness, rarely grey."""
    if random.random() < 0.2:
        picture = picture[torch.from_numpy(random.permutation(3))]
    picture = picture.clamp(1e-4, 1) ** float(np.exp(random.normal() * 0.2))
    picture = (picture - 0.5) * float(random.uniform(0.7, 1.3)) + 0.5 + float(random.normal() * 0.05)
    if random.random() < 0.08:
        picture = picture.mean(0, keepdim=True).expand(3, -1, -1)
    return picture.clamp(0, 1)


def examples(files, random, count, side_px):
    """Pictures float [count, 3, side, side] and mattes [count, 1, side / 2, side / 2]; files: arrays [n, S, S, 4]."""
    composites = []
    for _ in range(count):
        file = files[random.integers(len(files))]
        composites.append(crop(np.asarray(file[random.integers(len(file))]), random))
    stacked = to_tensor(composites)
    smaller = side_px < stacked.shape[2]
    size = (side_px, side_px)
    stacked = functional.interpolate(stacked, size=size, mode="bilinear", align_corners=False, antialias=smaller)
    pictures = torch.stack([change_colours(picture, random) for picture in stacked[:, :3]])
    return pictures.contiguous(memory_format=torch.channels_last), functional.avg_pool2d(stacked[:, 3:], 2)


def matte_loss(log_odds, matte):
    """Cross entropy, soft IoU, gradients. Misses inside the subject cost half as much again, outlines 2.5 times."""
    probability = torch.sigmoid(log_odds)
    edge = functional.max_pool2d(matte, 5, 1, 2) + functional.max_pool2d(-matte, 5, 1, 2)
    entropy = functional.binary_cross_entropy_with_logits(log_odds, matte, reduction="none")
    entropy = (entropy * (1 + 1.5 * edge + 0.5 * matte)).mean()
    both = (probability * matte).sum((1, 2, 3))
    either = (probability + matte - probability * matte).sum((1, 2, 3))
    overlap = 1 - (both + 1) / (either + 1)
    gradient = sum((probability.diff(dim=axis) - matte.diff(dim=axis)).abs().mean() for axis in (2, 3))
    return entropy + 0.6 * overlap.mean() + 0.5 * gradient


@torch.no_grad()
def validate(network, validation):
    """Mean absolute error, mean intersection over union at one half; validation uint8 [n, S, S, 4]."""
    network = copy.deepcopy(network).eval()
    size = (VALIDATION_SIDE_PX, VALIDATION_SIDE_PX)
    stacked = functional.interpolate(to_tensor(list(validation)), size=size, mode="bilinear", align_corners=False)
    parts = [torch.sigmoid(network(part[:, :3])) for part in stacked.split(20)]
    probability, matte = torch.cat(parts), functional.avg_pool2d(stacked[:, 3:], 2)
    found, true = probability > 0.5, matte > 0.5
    overlap = (found & true).sum((1, 2, 3)) / ((found | true).sum((1, 2, 3)) + 1e-6)
    return f"MAE {(probability - matte).abs().mean():.4f} IoU {overlap.mean():.4f}"


def train(network, files, validation, *, seconds, out):
    random, mean_loss, step = np.random.default_rng(2000), RunningMean(0.02), 0
    optimiser = torch.optim.AdamW(network.parameters(), lr=HIGHEST_RATE, weight_decay=1e-3)
    clock = Clock(seconds)
    while (share := clock.share) < 1:
        set_learning_rate(optimiser, HIGHEST_RATE, step, share)
        small = share < SMALL_SHARE
        side_px = int(random.choice(SMALL_SIDES_PX if small else LARGE_SIDES_PX))
        pictures, mattes = examples(files, random, SMALL_BATCH if small else LARGE_BATCH, side_px)
        with coarse_arithmetic():
            log_odds = network(pictures).float()
        loss = matte_loss(log_odds, mattes)
        take_step(network, optimiser, loss, largest_gradient=1.0)
        step += 1
        mean_loss.add(loss.item())
        if clock.report_due(REPORTS):
            print(f"{share:.0%}", step, round(mean_loss.value, 4), validate(network, validation), flush=True)
            torch.save(network.state_dict(), out)
    print("end", step, validate(network, validation), flush=True)
    torch.save(network.state_dict(), out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float)
    parser.add_argument("out")
    parser.add_argument("validation")
    parser.add_argument("composites", nargs="+")
    parser.add_argument("--start")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    network = prepare(MatteNetwork(), arguments.start)
    files = [np.load(path, mmap_mode="r") for path in arguments.composites]
    validation = np.load(arguments.validation)[:VALIDATION_COUNT]
    train(network, files, validation, seconds=arguments.seconds, out=arguments.out)


if __name__ == "__main__":
    main()
