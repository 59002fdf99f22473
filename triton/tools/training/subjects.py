"""The kinds of subjects, and where one stands in the picture."""
import numpy as np

from training.lifeless_subjects import cup, heap, tower, vehicle
from training.living_subjects import animal, close_face, figure, portrait
from training.outlines import bounds
from training.textures import log_uniform

KINDS = (portrait, close_face, animal, cup, tower, figure, vehicle, heap)
LARGE, THIN, UPRIGHT = (portrait, close_face, cup), (tower, figure), (portrait, tower, figure)


def place(random, parts, kind):
    """Parts of any size and turn, mirrored or not; half of the subjects leave the frame at the bottom or a side."""
    low, high = bounds(parts)
    centre = (low + high) / 2
    turned = size_and_turn(random, kind, max(high - low))
    parts = [((outline - centre) @ turned, role) for outline, role in parts]
    low, high = bounds(parts)
    middle = np.array([random.normal(0.5, 0.1), random.normal(0.52, 0.07)])
    if random.random() < (0.9 if kind is portrait else 0.42):
        middle[1] = 1 + random.uniform(0.0, 0.25) * (high - low)[1] - high[1]
    if random.random() < 0.15:
        left, right = random.uniform(-0.02, 0.15) - high[0] * 0.3, 1 + random.uniform(-0.15, 0.02) - low[0] * 0.3
        middle[0] = random.choice([left, right])
    middle[0] = np.clip(middle[0], 0.12, 0.88)
    return [(outline + middle, role) for outline, role in parts]


def size_and_turn(random, kind, size):
    """Matrix [2, 2] that outlines of this size are multiplied with, from the right."""
    if kind in THIN:
        wanted = random.uniform(0.4, 1.2)
    else:
        wanted = log_uniform(random, *((0.55, 1.6) if kind in LARGE else (0.35, 1.25)))
    if kind is close_face and random.random() < 0.6:
        wanted = random.uniform(0.8, 2.2)
    angle = random.normal() * (0.12 if kind in UPRIGHT else 0.25)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    stretch = np.array([random.uniform(0.85, 1.15) * random.choice([-1, 1]), 1])
    return rotation * (wanted / size) * stretch
