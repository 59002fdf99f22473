"""Outlines of the parts of a subject. Coordinates are shares of the picture's side, x to the right, y downwards.

A part is an outline (float [points, 2]) and a role that decides its colour (surfaces.tone); the role "same" takes the
surface of the part before it. Later parts cover earlier ones.
"""
import numpy as np

from training.textures import FULL_TURN

BLOB_POINTS = 64


def blob(random, x, y, radius_x, radius_y, rough=0.1, turn=0.0):
    """A closed curve around (x, y), an ellipse when rough is 0; turn in radians."""
    angle = np.linspace(0, 2 * np.pi, BLOB_POINTS, endpoint=False)
    radius = 1 + sum(random.normal() * rough / wave * np.cos(wave * angle + random.uniform(0, FULL_TURN))
                     for wave in range(2, 7))
    radius = np.clip(radius, 0.4, 1.7)
    across, down = radius_x * radius * np.cos(angle), radius_y * radius * np.sin(angle)
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.stack([x + across * cosine - down * sine, y + across * sine + down * cosine], 1)


def trapezoid(x, y, half_width, half_height, top=1.0, lean=0.0):
    """Four corners around (x, y); the upper side is `top` times as wide and shifted by `lean`."""
    left, right = x - half_width * top + lean, x + half_width * top + lean
    return np.array([(left, y - half_height), (right, y - half_height),
                     (x + half_width, y + half_height), (x - half_width, y + half_height)])


def bounds(parts):
    """Least and largest coordinates of all outlines: two arrays [2]."""
    points = np.concatenate([outline for outline, _ in parts])
    return points.min(0), points.max(0)
