"""The filter kernels of style_comic, computed from formulas. All square, float64, [count, height, width]."""
import numpy as np

SECTORS = 8
LINE_DIRECTIONS = 12
LINE_RADIUS_PX = 8
LINE_SIGMA_PX = 1.15  # across the line
LINE_LENGTH_SIGMA_PX = 3.2  # along it


def offsets_px(radius_px):
    """y and x of every pixel of a kernel, from its middle: two arrays [2 radius + 1, 2 radius + 1]."""
    return np.mgrid[-radius_px:radius_px + 1, -radius_px:radius_px + 1].astype(np.float64)


def sector_kernels(radius_px):
    """Soft pie slices of a Gaussian disc, [8, k, k], each with sum 1 (Papari et al. 2007, Kyprianidis et al. 2009)."""
    y, x = offsets_px(radius_px)
    distance, angle = np.hypot(x, y), np.arctan2(y, x)
    disc = np.exp(-distance * distance / (2 * (radius_px * 0.55) ** 2)) * (distance <= radius_px + 0.3)
    kernels = []
    for sector in range(SECTORS):
        turn = np.angle(np.exp(1j * (angle - 2 * np.pi * sector / SECTORS)))
        slice_weight = np.clip(np.cos(turn * SECTORS / 4), 0, None) ** 2 * (np.abs(turn) < 2 * np.pi / SECTORS)
        kernel = np.where(distance < 0.5, 1 / SECTORS, slice_weight) * disc
        kernels.append(kernel / kernel.sum())
    return np.stack(kernels)


def line_kernels():
    """Long differences of Gaussians in 12 directions, [12, 17, 17], each with sum 0: positive on dark lines.

    Differences of Gaussians as in Winnemoeller, Olsen, Gooch: Real-Time Video Abstraction (2006).
    """
    y, x = offsets_px(LINE_RADIUS_PX)
    kernels = []
    for direction in range(LINE_DIRECTIONS):
        angle = np.pi * direction / LINE_DIRECTIONS
        across, along = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
        window = np.exp(-along * along / (2 * LINE_LENGTH_SIGMA_PX ** 2))
        narrow, wide = [window * np.exp(-across * across / (2 * sigma_px * sigma_px))
                        for sigma_px in (LINE_SIGMA_PX, 1.6 * LINE_SIGMA_PX)]
        kernels.append(wide / wide.sum() - narrow / narrow.sum())
    return np.stack(kernels)
