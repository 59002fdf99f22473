"""Trains the network of upscale or upscale_x2 on scenes, on one CPU thread, until the time is up.

    python3 -m training.train_upscale SCALE SECONDS OUT.pt SCENES.npy ... [--start EARLIER.pt]

65 % of the examples are reduced cleanly (bicubic), the others as imperfectly as real small pictures are.
Progress lines: share of the time, steps, mean loss, gain in dB over bicubic on each sample photo, their mean.
"""
import argparse

import numpy as np
import torch
from PIL import Image

from quality.damage import shrink
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
from training.networks import Upscale
from training.random_damage import shrink_imperfectly

BATCH = 16
PATCH_PX = {2: 32, 4: 28}  # side of the small picture of an example
CLEAN_SHARE = 0.65
COARSE_SHARE = 0.75  # of the time in which bfloat16 is exact enough
REPORTS = 8


def small_versions(scenes, scale):
    """uint8 [count, S, S, 3] -> [count, 2, S / scale, S / scale, 3]: reduced cleanly, and imperfectly."""
    random, versions = np.random.default_rng(7), []
    for scene in scenes:
        picture = Image.fromarray(scene)
        imperfect = shrink_imperfectly(picture, scale, random)
        versions.append([np.asarray(shrink(picture, scale)), np.asarray(imperfect)])
    return np.array(versions)


def examples(scenes, small, scale, random):
    """Random patches: float [16, 3, P, P] and what they should become, [16, 3, P scale, P scale]."""
    patch_px, inputs, targets = PATCH_PX[scale], [], []
    for _ in range(BATCH):
        number, version = random.integers(len(scenes)), int(random.random() > CLEAN_SHARE)
        top, left = random.integers(0, small.shape[2] - patch_px + 1, 2)
        source = small[number, version, top:top + patch_px, left:left + patch_px]
        target = scenes[number, top * scale:(top + patch_px) * scale, left * scale:(left + patch_px) * scale]
        source, target = turn_and_mirror(random, source, target)
        channels = random.permutation(3) if random.random() < 0.3 else [0, 1, 2]
        inputs.append(source[..., channels])
        targets.append(target[..., channels])
    return to_tensor(inputs).contiguous(memory_format=torch.channels_last), to_tensor(targets)


@torch.no_grad()
def photo_gains_db(network, scale):
    """PSNR of luma above bicubic on the sample photos, and their mean."""
    gains = []
    for name in NAMES:
        photo = load_photo(name)
        small = shrink(photo, scale)
        bicubic = psnr_y_db(small.resize(photo.size, Image.BICUBIC), photo, scale)
        gains.append(psnr_y_db(run_network(network, small), photo, scale) - bicubic)
    return [round(gain, 2) for gain in gains], round(float(np.mean(gains)), 3)


def train(network, scenes, seconds, highest_rate):
    """Charbonnier loss (a smooth L1), Adam."""
    scale, random, mean_loss, step = network.scale, np.random.default_rng(1), RunningMean(), 0
    small = small_versions(scenes, scale)
    optimiser, clock = torch.optim.Adam(network.parameters(), lr=highest_rate), Clock(seconds)
    while (share := clock.share) < 1:
        set_learning_rate(optimiser, highest_rate, step, share)
        inputs, targets = examples(scenes, small, scale, random)
        with coarse_arithmetic(share < COARSE_SHARE):
            outputs = network(inputs).float()
        loss = torch.sqrt((outputs - targets) ** 2 + 1e-6).mean()
        take_step(network, optimiser, loss, largest_gradient=0.5)
        step += 1
        mean_loss.add(loss.item())
        if clock.report_due(REPORTS):
            print(f"{share:.0%}", step, round(mean_loss.value, 5), *photo_gains_db(network, scale), flush=True)
    print("end", step, *photo_gains_db(network, scale), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", type=int, choices=PATCH_PX)
    parser.add_argument("seconds", type=float)
    parser.add_argument("out")
    parser.add_argument("scenes", nargs="+")
    parser.add_argument("--start")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    network = prepare(Upscale(arguments.scale), arguments.start)
    train(network, load_arrays(arguments.scenes), arguments.seconds, 5e-4 if arguments.start else 1e-3)
    torch.save(network.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
