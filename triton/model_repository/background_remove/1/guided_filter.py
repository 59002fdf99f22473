"""Colour guided filter (He, Sun, Tang: Guided Image Filtering, 2010): smooths a map along the edges of a picture."""
import numpy as np


def box_mean(image, radius):
    """Mean over a (2 radius + 1)² window, edges repeated, by running sums (float32: keep values near zero)."""
    for axis in (0, 1):
        pad = [(0, 0)] * image.ndim
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(image, pad, "edge"), axis=axis, dtype=np.float32)
        n, window = image.shape[axis], 2 * radius + 1
        image = total[window:] - total[:n] if axis == 0 else total[:, window:] - total[:, :n]
        image = image * np.float32(1 / window)
    return image


def guided_smooth(picture, values, radius, epsilon):
    """values [h, w] as a locally linear function of picture [h, w, 3] (0..1); epsilon is the variance that counts as flat."""
    guide = picture - picture.mean((0, 1))
    values = values.astype(np.float32)
    mean_guide, mean_values = box_mean(guide, radius), box_mean(values, radius)
    covariance = box_mean(guide * values[..., None], radius) - mean_guide * mean_values[..., None]
    slope = solve_symmetric(colour_covariance(guide, mean_guide, radius), epsilon, covariance)
    slope, offset = box_mean(slope, radius), box_mean(mean_values - (slope * mean_guide).sum(-1), radius)
    return (slope * guide).sum(-1) + offset


def colour_covariance(guide, mean, radius):
    """The six different entries of the 3 × 3 covariance of the colours in each window: rr, rg, rb, gg, gb, bb."""
    first, second = [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]
    product = box_mean(guide[..., first] * guide[..., second], radius)
    return product - mean[..., first] * mean[..., second]


def solve_symmetric(entries, epsilon, right):
    """(S + epsilon I) x = right in closed form, for a symmetric 3 × 3 matrix S per pixel."""
    rr, rg, rb, gg, gb, bb = [entries[..., k] + (epsilon if k in (0, 3, 5) else 0) for k in range(6)]
    a, b, c = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    d, e, f = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    determinant = np.maximum(rr * a + rg * b + rb * c, 1e-12)
    x, y, z = right[..., 0], right[..., 1], right[..., 2]
    solution = np.stack([a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z], -1)
    return solution / determinant[..., None]
