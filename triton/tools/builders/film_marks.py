"""What time leaves on a film: grain, scratches and dust, from absolute coordinates only, so that tiles agree.

x [N, 1, 1, W] and y [N, 1, H, 1] are whole pixel coordinates in the picture, width and height [N, 1, 1, 1] its size in
pixels, seed [N, 1, 1, 1] a whole number of 0..4090. Results are [N, 1, H, W].
"""
import numpy as np

from builders.exact_hash import keys, uniform

SCRATCHES = 5


def grain(graph, x, y, seed):
    """Mean 0: fine clumps and a layer three times as coarse, each the sum of two uniform numbers."""
    fine = graph.sum_channels(uniform(graph, x, y, keys(graph, seed, 17, 118)), 2) - 1.0
    coarse_x, coarse_y = graph.floor((x + 0.5) * (1 / 3)), graph.floor((y + 0.5) * (1 / 3))
    coarse = graph.sum_channels(uniform(graph, coarse_x, coarse_y, keys(graph, seed, 74, 46)), 2) - 1.0
    return graph.gaussian_blur(fine, 0.6, channels=1) * 3.2 + graph.gaussian_blur(coarse, 1.4, channels=1) * 2.2


def scratches(graph, x, y, *, width, height, seed):
    """Faint upright hairlines that wobble, break off and fade; -0.6 is dark, 0.9 is light."""
    unit_px = graph.maximum(width, height) * (1 / 1000.0)
    line_px = graph.maximum(unit_px * 0.5, graph.const(0.55))
    column, numbers = graph.const(5.0), graph.channel_constant(np.arange(2.0 * SCRATCHES))
    chance = uniform(graph, column, numbers, keys(graph, seed, 201))
    chance = graph.split(chance, [1] * 2 * SCRATCHES)
    total = None
    for number in range(SCRATCHES):
        place, start = chance[number] * width, chance[number + SCRATCHES] * 1.4 - 0.4
        down = y * (1.0 / height)
        from_place = x - place
        wobble = graph.op("Sin", down * (9.0 + 5 * number) + float(number)) * unit_px * 2.0
        distance = (from_place - wobble) * (1.0 / line_px)
        begin = graph.smoothstep(down, start, start + 0.15)
        visible = begin * (1.0 - graph.smoothstep(down, start + 0.35, start + 0.7))
        line = graph.op("Exp", -(distance * distance)) * visible * (0.9 if number % 2 == 0 else -0.6)
        total = line if total is None else total + line
    return total


def dust(graph, x, y, *, width, height, seed):
    """Soft specks, 0..1: at most one per cell, and inside it, so that no pixel depends on a neighbouring cell."""
    cell_px = graph.maximum(graph.floor(graph.maximum(width, height) * (1 / 22.0)), graph.const(24.0))
    per_cell = 1.0 / cell_px
    cell_x, cell_y = graph.floor((x + 0.5) * per_cell), graph.floor((y + 0.5) * per_cell)
    chance = uniform(graph, cell_x, cell_y, keys(graph, seed, 28, 34, 22))
    place, size, alive = graph.split(chance, [1, 1, 1])
    radius_px = cell_px * (0.018 + size * size * 0.05)
    away_x, away_y = x - (cell_x + 0.2 + place * 0.6) * cell_px, y - (cell_y + 0.2 + size * 0.6) * cell_px
    stretch = 0.5 + place
    distance = (away_x * away_x * stretch + away_y * away_y / stretch) / (radius_px * radius_px)
    speck = 1.0 - graph.smoothstep(distance, 0.3, 1.2)
    return speck * graph.relu(graph.clamp((alive - 0.80) * 60.0, -1, 1))
