"""What the three trainings share: a clock that ends them, the learning rate, batches, progress lines."""
import math
import time

import numpy as np
import torch

WARM_UP_STEPS = 100


class Clock:
    """Training stops after so many seconds: how many steps that makes depends on the machine."""

    def __init__(self, seconds):
        self.seconds, self.started, self.next_report = seconds, time.monotonic(), 0.0

    @property
    def share(self):
        """Of the time that has passed, 0..1 and then more."""
        return (time.monotonic() - self.started) / self.seconds

    def report_due(self, reports):
        """True once in each of `reports` parts of the time, the first at once."""
        if self.share < self.next_report:
            return False
        self.next_report += 1 / reports
        return True


def set_learning_rate(optimiser, highest, step, share):
    """A short rise, then half a cosine down to nearly nothing."""
    warm_up = min(1, (step + 1) / WARM_UP_STEPS)
    rate = highest * warm_up * 0.5 * (1 + math.cos(math.pi * share)) + 1e-6
    optimiser.param_groups[0]["lr"] = rate


def coarse_arithmetic(wanted=True):
    """bfloat16 inside a `with`, where the CPU is quick at it: 1.5 times as fast, but 9 times slower with only AVX2."""
    fast = "AVX512" in torch.backends.cpu.get_cpu_capability()
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=wanted and fast)


def take_step(network, optimiser, loss, largest_gradient):
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), largest_gradient)
    optimiser.step()


class RunningMean:
    """Of the loss: the newest counts `weight`."""

    def __init__(self, weight=0.01):
        self.weight, self.value = weight, None

    def add(self, number):
        self.value = number if self.value is None else self.value * (1 - self.weight) + number * self.weight


def to_tensor(pictures):
    """A list of uint8 [H, W, C] -> float [N, C, H, W], 0..1."""
    stacked = torch.from_numpy(np.ascontiguousarray(np.stack(pictures)))
    return stacked.permute(0, 3, 1, 2).float().div_(255)


def run_network(network, picture):
    """A uint8 [H, W, 3] or PIL image through a network of pictures -> float array [H, W, 3], whole levels of 0..255."""
    result = network(to_tensor([np.asarray(picture)])).clamp(0, 1)[0]
    return result.permute(1, 2, 0).mul(255).round().numpy()


def turn_and_mirror(random, *pictures):
    """The same quarter turns and mirror for each of the arrays [H, W, C]."""
    turns, mirrored = random.integers(4), random.random() < 0.5
    turned = [np.rot90(picture, turns) for picture in pictures]
    return [picture[:, ::-1] if mirrored else picture for picture in turned]


def prepare(network, start):
    """One thread, channels last, and the state in the .pt file `start` unless it is None."""
    torch.set_num_threads(1)  # two are slower than one as soon as the machine has anything else to do
    if start is not None:
        network.load_state_dict(torch.load(start))
    print("parameters:", sum(values.numel() for values in network.parameters()), flush=True)
    return network.to(memory_format=torch.channels_last)


def load_arrays(paths):
    """The arrays of several .npy files, one after the other."""
    return np.concatenate([np.load(path) for path in paths])
