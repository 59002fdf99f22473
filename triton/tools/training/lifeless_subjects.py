"""Subjects that do not live: cups, towers, vehicles, heaps, as lists of parts (outlines.py) in a frame of 0..1.

What a function draws of `random`, and in which order, is part of what a seed means.
"""
from itertools import pairwise

import numpy as np

from training.outlines import blob, trapezoid


def cup(random):
    """Saucer, handle, vessel, rim, content and spoon, seen from above at an angle."""
    flat, width, height = random.uniform(0.4, 0.9), random.uniform(0.16, 0.28), random.uniform(0.1, 0.26)
    parts, x = [], 0.5 + random.normal() * 0.05
    if random.random() < 0.75:
        plate, plate_y = random.uniform(0.3, 0.48), 0.5 + height * 0.7
        parts.append((blob(random, 0.5, plate_y, plate, plate * flat, 0.01), "cloth"))
        inner = blob(random, 0.5, plate_y, plate * 0.7, plate * 0.7 * flat, 0.01)
        parts.append((inner, random.choice(["same", "dark", "any"])))
    if random.random() < 0.7:
        handle_x = x + random.choice([-1, 1]) * width
        parts.append((blob(random, handle_x, 0.5, width * 0.5, height * 0.55, 0.05, random.normal()), "same"))
    lower_half = blob(random, x, 0.5 + height, width * 0.8, width * 0.4 * flat, 0)[:33]
    vessel = np.concatenate([trapezoid(x, 0.5, width * 0.8, height, 1.2)[:2], lower_half])
    parts.append((vessel, random.choice(["same", "cloth", "any"])))
    rim = blob(random, x, 0.5 - height, width * 0.97, width * flat * 0.95, 0)
    parts.append((rim, random.choice(["metal", "same", "any"])))
    content = blob(random, x, 0.5 - height * 0.92, width * 0.8, width * flat * 0.75, 0)
    parts.append((content, random.choice(["dark", "any", "skin"])))
    if random.random() < 0.5:
        parts += spoon(random, 0.5 + height)
    return parts


def spoon(random, y):
    turn = random.uniform(0, 3.14)
    across, down = np.cos(turn), np.sin(turn)
    return [(blob(random, 0.5 + 0.2 * across, y + 0.1 * down, 0.16, 0.02, 0.05, turn), "metal"),
            (blob(random, 0.5 + 0.3 * across, y + 0.16 * down, 0.06, 0.04, 0.05, turn), "metal")]


def tower(random):
    """Thin and upright: a bottle, rocket, lamp, statue, tree."""
    width, top, bottom = random.uniform(0.012, 0.075), random.uniform(0.06, 0.4), random.uniform(0.8, 1.15)
    sections, parts = random.integers(1, 5), []
    heights = np.sort(np.concatenate([[top, bottom], random.uniform(top, bottom, sections - 1)]))
    if random.random() < 0.35:
        beside = trapezoid(0.5 + random.choice([-1, 1]) * width * 2, (top + bottom) / 2 + 0.1, width * 0.5,
                           (bottom - top) / 2 - 0.1)
        parts.append((beside, random.choice(["metal", "dark", "any"])))
    for upper, lower in pairwise(heights):
        wider = random.uniform(0.75, 1.3)
        section = trapezoid(0.5, (upper + lower) / 2, width * wider, (lower - upper) / 2 + 0.004,
                            random.uniform(0.7, 1.1))
        parts.append((section, random.choice(["metal", "cloth", "any", "dark", "same"])))
    if random.random() < 0.7:
        parts.append((tower_top(random, width, top), "any"))
    if random.random() < 0.4:
        parts.append((trapezoid(0.5, bottom - 0.04, width * random.uniform(1.3, 3), 0.05), "dark"))
    return parts


def tower_top(random, width, y):
    """A spire or a crown."""
    if random.random() < 0.6:
        return np.array([(0.5 - width, y + 0.01), (0.5, y - random.uniform(0.03, 0.12)), (0.5 + width, y + 0.01)])
    return blob(random, 0.5, y, width * random.uniform(1, 3), width * random.uniform(1, 3), 0.15)


def vehicle(random):
    """Cabin, body, wheels, lights."""
    height, parts = random.uniform(0.08, 0.16), []
    cabin = blob(random, 0.5, 0.6 - height * 1.6, random.uniform(0.15, 0.28), height * random.uniform(0.8, 1.4), 0.1)
    parts.append((cabin, random.choice(["dark", "cloth"])))
    body = trapezoid(0.5, 0.6, 0.4, height, random.uniform(0.75, 1))
    parts.append((body, random.choice(["cloth", "metal", "any"])))
    for x in (0.5 - random.uniform(0.18, 0.3), 0.5 + random.uniform(0.18, 0.3)):
        radius = random.uniform(0.06, 0.13)
        parts.append((blob(random, x, 0.6 + height, radius, radius, 0), "dark"))
        hub = blob(random, x, 0.6 + height, radius * 0.6, radius * 0.6, 0)
        parts.append((hub, random.choice(["metal", "any"])))
    for _ in range(random.integers(0, 4)):
        x, y = 0.5 + random.uniform(-0.3, 0.3), 0.6 + random.uniform(-height, height)
        parts.append((blob(random, x, y, random.uniform(0.03, 0.1), random.uniform(0.02, 0.06), 0.2), "any"))
    return parts


def heap(random):
    """Three to ten lumps and boxes that overlap."""
    parts, size = [], random.uniform(0.15, 0.3)
    for number in range(random.integers(3, 11)):
        angle = random.uniform(0, 6.28)
        away = 0 if number == 0 else random.uniform(0.4, 1.1) * size
        x, y = 0.5 + away * np.cos(angle), 0.5 + away * np.sin(angle)
        lump = random.uniform(0.3, 0.9) * size if number else size
        if random.random() < 0.7:
            outline = blob(random, x, y, lump * random.uniform(0.6, 1.4), lump, random.uniform(0.02, 0.3), angle)
        else:
            outline = trapezoid(x, y, lump * 0.7, lump * random.uniform(0.5, 1.2), random.uniform(0.6, 1.3))
        parts.append((outline, random.choice(["any", "cloth", "same", "dark", "metal"])))
    return parts
