"""What a mask must look like as a whole: background reaches the frame, and the subject has no far islands."""
import numpy as np
from guided_filter import box_mean

SWEEPS = 12  # enough for spirals nobody photographs; usually two or three settle it
GAP_SHARE = 0.12  # of the width: background at the lower border that is narrower is enclosed (between legs, under an arm)
ISLAND_SHARE = 0.12  # of the largest region's mass: smaller ones are not part of the subject


def fill_holes(mask):
    """Raises every pixel to the least height at which it can be reached from the frame (a minimax path)."""
    height = np.ones_like(mask)
    height[0], height[:, 0], height[:, -1] = mask[0], mask[:, 0], mask[:, -1]
    width = mask.shape[1]
    for start, end in runs(mask[-1] < 0.5):
        if end - start > GAP_SHARE * width or start == 0 or end == width:
            height[-1, start:end] = mask[-1, start:end]
    for _ in range(SWEEPS):
        before = height.copy()
        for view, floor in ((height, mask), (height[::-1], mask[::-1]), (height.T, mask.T), (height.T[::-1], mask.T[::-1])):
            for line in range(1, len(view)):
                view[line] = np.maximum(floor[line], np.minimum(view[line], view[line - 1]))
        if np.abs(height - before).max() < 1e-3:
            break
    return height


def drop_islands(mask):
    """Removes regions (four-connected, above one half) with little mass, and their soft rims."""
    region = label(mask > 0.5)
    mass = np.bincount(region.ravel(), mask.ravel())
    if len(mass) < 2:
        return mask
    mass[0] = 0
    island = (mass < ISLAND_SHARE * mass.max())[region] & (region > 0)
    near_island = box_mean(island.astype(np.float32), 2) > 0
    near_subject = box_mean(((region > 0) & ~island).astype(np.float32), 2) > 0
    return np.where(near_island & ~near_subject, 0, mask)


def runs(row):
    """Start and end (exclusive) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return list(zip(edges[::2], edges[1::2]))


def label(inside):
    """Number of the region of every pixel, 0 outside: union-find over the horizontal runs."""
    numbers, parent, above = np.zeros(inside.shape, int), [0], []

    def root(number):
        while parent[number] != number:
            number = parent[number]
        return number

    for y, row in enumerate(inside):
        here = []
        for start, end in runs(row):
            number = len(parent)
            parent.append(number)
            for other_start, other_end, other in above:
                if other_start < end and other_end > start:
                    parent[root(number)] = root(other)
            here.append((start, end, number))
            numbers[y, start:end] = number
        above = here
    return np.array([root(number) for number in range(len(parent))])[numbers]
