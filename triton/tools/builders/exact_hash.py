"""Chance for graphs: a hash of whole numbers in FP32 that is the same on every device.

FP32 holds whole numbers below 2^24 exactly. The largest product here is 4090 x 4090, so every operation is exact.
Cubing permutes the numbers modulo 4091 (a prime p with gcd(3, p - 1) = 1), so nothing is lost by it.
"""
import numpy as np

PRIME = 4091


def modulo(graph, value, modulus=PRIME):
    """Remainder of whole numbers below 2^24."""
    return value - graph.floor((value + 0.5) * (1.0 / modulus)) * float(modulus)


def cube(graph, value):
    """Third power modulo 4091 of whole numbers below 4091."""
    return modulo(graph, modulo(graph, value * value) * value)


def keys(graph, seed, *offsets):
    """seed [N, 1, 1, 1] -> one mixed number per offset, [N, len(offsets), 1, 1]."""
    return cube(graph, modulo(graph, seed + graph.channel_constant(offsets)))


def uniform(graph, x, y, key):
    """Whole numbers x and y (broadcast to [N, 1, H, W]) and K keys [N, K, 1, 1] -> chance in 0..1, [N, K, H, W]."""
    mixed_x, mixed_y = cube(graph, modulo(graph, x)), cube(graph, modulo(graph, y + 1777.0))
    mixed = cube(graph, modulo(graph, mixed_x + mixed_y * 2.0 + key))
    return cube(graph, modulo(graph, mixed + mixed_x * 3.0 + key)) * (1.0 / PRIME)


def coordinates(graph, side_px, first_x, first_y):
    """Whole coordinates of the pixels of a tile that starts at (first_x, first_y): x [N, 1, 1, T], y [N, 1, T, 1]."""
    offset = np.arange(side_px, dtype=np.float32)
    return first_x + graph.const(offset.reshape(1, 1, 1, -1)), first_y + graph.const(offset.reshape(1, 1, -1, 1))
