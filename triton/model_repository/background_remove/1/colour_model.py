"""A soft GrabCut (Rother, Kolmogorov, Blake 2004): the net says roughly where the subject is, the picture's own colours say the rest.

Two Gaussian mixtures over colour and position, one of the confident subject and one of the confident background and
the frame, are fitted in turn with the mask that they give. Everything is deterministic.
"""
import numpy as np
from guided_filter import guided_smooth

ROUNDS = 3  # of fitting the mixtures and making a new mask
COMPONENTS = 5  # of each mixture
EM_ROUNDS = 4
SAMPLES = 6000  # pixels that a mixture is fitted to
PLACE_WEIGHT = 0.6  # of position against colour
COLOUR_WEIGHT = 0.5  # of the mixtures against the net's own opinion
BIAS = 0.4  # towards subject: too much background is easier to forgive than a hole
# Least variance of lightness, two colour axes, x and y in a component: flat areas would be spikes otherwise.
LEAST_VARIANCE = np.array([0.0016, 0.0008, 0.0008, 0.002, 0.002])
LEAST_WEIGHT = 30  # pixels: with less subject or background there is nothing to learn from


def subject_log_odds(rgb, net):
    """float32 picture [h, w, 3] and the net's alpha [h, w], both 0..1 -> log odds of subject [h, w]."""
    height, width = net.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    features = np.concatenate([lab(rgb), PLACE_WEIGHT * np.stack([x, y], -1)], -1).reshape(-1, 5)
    random, mask, frame = np.random.default_rng(0), net, frame_band(height, width)
    prior = log_odds(net, 0.02)
    for _ in range(ROUNDS):
        subject = np.clip((mask - 0.35) / 0.5, 0, 1) ** 2
        background = np.clip((0.65 - mask) / 0.5, 0, 1) ** 2 * (1 + 2 * frame * (mask < 0.4))
        if subject.sum() < LEAST_WEIGHT or background.sum() < LEAST_WEIGHT:
            return prior
        ratio = log_density(features, fit_mixture(features, subject.ravel(), random))
        ratio = ratio - log_density(features, fit_mixture(features, background.ravel(), random))
        odds = BIAS + prior + COLOUR_WEIGHT * np.clip(ratio.reshape(height, width), -6, 6)
        mask = 1 / (1 + np.exp(-guided_smooth(rgb, odds, 4, 2e-3)))
    return log_odds(mask, 1e-3)


def log_odds(probability, least):
    probability = np.clip(probability, least, 1 - least)
    return np.log(probability / (1 - probability))


def frame_band(height, width):
    """1 along the top, left and right border, where a subject is rare; it often leaves at the bottom."""
    band, thickness = np.zeros((height, width), np.float32), max(1, round(min(height, width) * 0.04))
    band[:thickness], band[:, :thickness], band[:, -thickness:] = 1, 1, 1
    return band


def lab(rgb):
    """sRGB 0..1 -> CIE Lab / 100 (IEC 61966-2-1, CIE 15; white D65)."""
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
    xyz = (linear @ to_xyz.T) / np.array([0.9505, 1, 1.089], np.float32)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    axes = [1.16 * f[..., 1] - 0.16, 5 * (f[..., 0] - f[..., 1]), 2 * (f[..., 1] - f[..., 2])]
    return np.stack(axes, -1).astype(np.float32)


def fit_mixture(features, weights, random):
    """Weighted Gaussian mixture of features [n, 5]: k-means, then a few rounds of expectation maximisation."""
    pick = random.permutation(len(features))[:SAMPLES]
    x, weights = features[pick], weights[pick] + 1e-6
    centres = kmeans(x, weights, random)
    share = np.eye(COMPONENTS, dtype=np.float32)[nearest(x, centres)]
    for _ in range(EM_ROUNDS):
        mixture = maximise(x, weights, share)
        logs = component_logs(x, mixture)
        share = np.exp(logs - logs.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
    return mixture


def nearest(x, centres):
    return ((centres**2).sum(1) - 2 * x @ centres.T).argmin(1)


def kmeans(x, weights, random):
    """Weighted k-means++ and four rounds of Lloyd."""
    centres = [x[random.choice(len(x), p=weights / weights.sum())]]
    distance = ((x - centres[0]) ** 2).sum(1)
    for _ in range(COMPONENTS - 1):
        chance = distance * weights + 1e-12
        centres.append(x[random.choice(len(x), p=chance / chance.sum())])
        distance = np.minimum(distance, ((x - centres[-1]) ** 2).sum(1))
    centres = np.array(centres)
    for _ in range(4):
        near = nearest(x, centres)
        total = np.bincount(near, weights, COMPONENTS)
        for axis in range(x.shape[1]):
            mean = np.bincount(near, weights * x[:, axis], COMPONENTS) / np.maximum(total, 1e-6)
            centres[:, axis] = np.where(total > 1e-6, mean, centres[:, axis])
    return centres


def maximise(x, weights, share):
    """M step. A component is (weight, mean, root of the inverse covariance, log determinant of that root)."""
    mixture, total = [], weights.sum() + 1e-6
    for column in range(share.shape[1]):
        part = share[:, column] * weights
        mass = part.sum() + 1e-6
        mean = (part @ x) / mass
        away = x - mean
        covariance = (away * part[:, None]).T @ away / mass + np.diag(LEAST_VARIANCE)
        root = np.linalg.cholesky(np.linalg.inv(covariance)).astype(np.float32)
        component = max(mass / total, 1e-4), mean.astype(np.float32), root, float(np.log(np.diag(root)).sum())
        mixture.append(component)
    return mixture


def component_logs(x, mixture):
    """Log of weight times density of every component, [n, components], up to a constant."""
    logs = np.empty((len(x), len(mixture)), np.float32)
    for column, (weight, mean, root, log_determinant) in enumerate(mixture):
        logs[:, column] = np.log(weight) - 0.5 * (((x - mean) @ root) ** 2).sum(1) + log_determinant
    return logs


def log_density(x, mixture):
    logs = component_logs(x, mixture)
    largest = logs.max(1)
    return largest + np.log(np.exp(logs - largest[:, None]).sum(1))
