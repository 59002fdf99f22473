"""Trains the network of enhance on damaged scenes, on one CPU thread, until the time is up.

    python3 -m training.train_enhance SECONDS OUT.pt SCENES.npy ... [--start EARLIER.pt]

Progress lines: share of the time, steps, mean loss, mean gain in dB on the sample photos for each kind of damage (for
`clean` the PSNR of the result instead). What is saved is a moving average of the weights.
"""
import argparse
import copy

import numpy as np
import torch
from PIL import Image

from quality.damage import damaged
from quality.picture_measures import psnr_y_db
from quality.sample_photos import NAMES, load_photo
from training.loop import (
    Clock,
    RunningMean,
    coarse_arithmetic,
    load_arrays,
    prepare,
    run_network,
    set_learning_rate,
    take_step,
    to_tensor,
    turn_and_mirror,
)
from training.networks import Enhance
from training.random_damage import damage_at_random

BATCH = 16
PATCH_PX = 72
NEW_DAMAGE_STEPS, NEW_DAMAGE_SCENES = 50, 20  # every so often some scenes are damaged anew, so that none is memorised
SQUARED_SHARE = 0.15  # of the time with squared error: from nothing, Charbonnier can end at doing nothing
COARSE_SHARE = 0.75  # of the time in which bfloat16 is exact enough
AVERAGE_STEPS = 200  # of the weights
REPORTS = 8
CASES = {"noise 15": (15, None), "noise 25": (25, None), "JPEG 20": (0, 20), "JPEG 30": (0, 30), "JPEG 40": (0, 40),
         "noise 8 + JPEG 50": (8, 50), "clean": (0, None)}


@torch.no_grad()
def photo_gains_db(network):
    """Kind of damage -> mean gain of PSNR of luma on the sample photos."""
    means = {}
    for case, (sigma, quality) in CASES.items():
        gains = []
        for name in NAMES:
            photo = load_photo(name)
            bad = damaged(photo, sigma, quality)
            before = 0 if case == "clean" else psnr_y_db(bad, photo)
            gains.append(psnr_y_db(run_network(network, bad), photo) - before)
        means[case] = round(float(np.mean(gains)), 2)
    return means


def damage_scene(scene, random):
    return np.asarray(damage_at_random(Image.fromarray(scene), random))


def examples(scenes, bad, random):
    """Random patches that start on even pixels: float [16, 3, 72, 72], damaged and as they were."""
    inputs, targets = [], []
    for _ in range(BATCH):
        number = random.integers(len(scenes))
        top, left = random.integers(0, (scenes.shape[1] - PATCH_PX) // 2 + 1, 2) * 2
        part = np.s_[number, top:top + PATCH_PX, left:left + PATCH_PX]
        source, target = turn_and_mirror(random, bad[part], scenes[part])
        inputs.append(source)
        targets.append(target)
    return to_tensor(inputs), to_tensor(targets)


def difference_loss(outputs, targets, squared):
    difference = outputs - targets
    return (difference ** 2).mean() * 20 if squared else torch.sqrt(difference ** 2 + 1e-5).mean()


def move_average(average, network, step):
    """Moves the averaged weights a little towards those of the network."""
    for slow, fast in zip(average.parameters(), network.parameters()):
        slow.data.lerp_(fast.data, 1 / min(step, AVERAGE_STEPS))


def train(network, scenes, seconds, from_nothing):
    """Returns the averaged network."""
    random, mean_loss, step = np.random.default_rng(2), RunningMean(), 0
    highest_rate = 1e-3 if from_nothing else 5e-4
    optimiser, average = torch.optim.Adam(network.parameters(), lr=highest_rate), copy.deepcopy(network)
    bad = np.stack([damage_scene(scene, random) for scene in scenes])
    clock = Clock(seconds)
    while (share := clock.share) < 1:
        set_learning_rate(optimiser, highest_rate, step, share)
        inputs, targets = examples(scenes, bad, random)
        with coarse_arithmetic(share < COARSE_SHARE):
            outputs = network(inputs).float()
        loss = difference_loss(outputs, targets, squared=from_nothing and share < SQUARED_SHARE)
        take_step(network, optimiser, loss, largest_gradient=0.5)
        step += 1
        move_average(average, network, step)
        if step % NEW_DAMAGE_STEPS == 0:
            for number in random.choice(len(scenes), min(NEW_DAMAGE_SCENES, len(scenes)), replace=False):
                bad[number] = damage_scene(scenes[number], random)
        mean_loss.add(loss.item())
        if clock.report_due(REPORTS):
            print(f"{share:.0%}", step, round(mean_loss.value, 5), photo_gains_db(average), flush=True)
    print("end", step, photo_gains_db(average), flush=True)
    return average


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float)
    parser.add_argument("out")
    parser.add_argument("scenes", nargs="+")
    parser.add_argument("--start")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    network = prepare(Enhance(), arguments.start)
    average = train(network, load_arrays(arguments.scenes), arguments.seconds, from_nothing=arguments.start is None)
    torch.save(average.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
