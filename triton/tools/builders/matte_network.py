"""The network of background_remove as a graph: training.matte_network.MatteNetwork, with the same names of weights.

A U-Net (Ronneberger et al. 2015) that also gets, for every pixel, how far its colour is from those along each border of
the picture, where it lies, and (at the bottom) the mean and the maximum of every feature.
"""
import numpy as np

BORDER_CELLS = 16  # along each side of the picture
# Luma-like, blue-yellow and red-green.
OPPONENT_COLOURS = ((0.299, 0.587, 0.114), (-0.33, -0.33, 0.66), (0.70, -0.60, -0.10))
BATCH_NORM_EPSILON = 1e-5
LEVELS = 4


def block(graph, features, weights, name, stride=1):
    """3 x 3 convolution with the batch normalisation folded into it, then ReLU."""
    deviation = np.sqrt(weights[f"{name}.1.running_var"] + BATCH_NORM_EPSILON)
    gain = weights[f"{name}.1.weight"] / deviation
    bias = weights[f"{name}.1.bias"] - weights[f"{name}.1.running_mean"] * gain
    kernel = weights[f"{name}.0.weight"] * gain[:, None, None, None]
    return graph.relu(graph.convolution(features, kernel, bias, stride=stride))


def reshape(graph, tensor, *shape):
    """0 in shape keeps that dimension."""
    return graph.op("Reshape", tensor, graph.integers(*shape))


def border_distances(graph, picture, side_px):
    """RGB [N, 3, S, S] -> [N, 4, S, S]: least colour distance to the cells of the top, bottom, left, right."""
    colours = graph.pointwise(picture, OPPONENT_COLOURS)
    cells = graph.block_mean(colours, side_px // BORDER_CELLS)
    pixels = graph.op("Transpose", reshape(graph, colours, 0, 3, side_px * side_px), perm=[0, 2, 1])
    pixels_squared = graph.op("MatMul", pixels * pixels, graph.const(np.ones((3, 1))))
    distances = []
    for axis, cell in ((2, 0), (2, BORDER_CELLS - 1), (3, 0), (3, BORDER_CELLS - 1)):
        border = graph.op("Slice", cells, graph.integers(cell), graph.integers(cell + 1), graph.integers(axis))
        border = reshape(graph, border, 0, 3, BORDER_CELLS)
        partial = pixels_squared - graph.op("MatMul", pixels, border) * 2.0
        squared = partial + graph.op("MatMul", graph.const(np.ones((1, 1, 3))), border * border)
        least = graph.relu(graph.op("ReduceMin", squared, axes=[2], keepdims=1))
        distances.append(reshape(graph, graph.sqrt(least + 1e-4), 0, 1, side_px, side_px))
    return graph.concat(*distances) * 3.0


def positions(graph, like, side_px):
    """x, y (-1..1) and distance from the middle, [N, 3, side, side]; N is that of `like` [N, 1, side, side]."""
    offset = (np.arange(side_px) + 0.5) / side_px * 2 - 1
    x = like * 0.0 + graph.const(offset.reshape(1, 1, 1, -1))
    y = like * 0.0 + graph.const(offset.reshape(1, 1, -1, 1))
    return graph.concat(x, y, graph.sqrt(x * x + y * y))


def linear(graph, features, weights, name):
    """A fully connected layer on [N, channels, 1, 1]."""
    return graph.convolution(features, weights[f"{name}.weight"][:, :, None, None], weights[f"{name}.bias"])


def add_context(graph, features, weights, side_px):
    """Adds to every channel of [N, C, side, side] an offset computed from all channels' means and maxima."""
    channels = len(weights["context.b.bias"])
    # The mean as a depthwise convolution, so that its order of summation does not depend on the batch.
    mean_kernel = np.full((channels, 1, side_px, side_px), 1 / side_px ** 2)
    mean = graph.convolution(features, mean_kernel, padding_px=(0, 0), groups=channels)
    both = graph.concat(mean, graph.op("GlobalMaxPool", features))
    hidden = graph.relu(linear(graph, both, weights, "context.a"))
    return features + linear(graph, hidden, weights, "context.b")


def matte_log_odds(graph, picture, weights, side_px):
    """RGB [N, 3, 2 side, 2 side] -> log odds of subject [N, 1, side, side]; side is a multiple of 16."""
    half = graph.block_mean(picture, 2)
    place = positions(graph, graph.luma(half), side_px)
    stem = block(graph, picture - 0.5, weights, "stem", stride=2)
    features = graph.concat(stem, half - 0.5, border_distances(graph, half, side_px), place)
    features = block(graph, features, weights, "e0")
    skipped = []
    for level in range(LEVELS):
        skipped.append(features)
        features = block(graph, features, weights, f"down.{level}", stride=2)
        features = block(graph, features, weights, f"enc.{level}")
    features = two_blocks(graph, features, weights, "mid")
    features = add_context(graph, features, weights, side_px // 2 ** LEVELS)
    features = two_blocks(graph, features, weights, "deep")
    for level in range(LEVELS):
        features = graph.concat(graph.resize(features, 2), skipped.pop())
        features = block(graph, features, weights, f"dec.{level}")
    return graph.convolution(features, weights["head.weight"], weights["head.bias"])


def two_blocks(graph, features, weights, name):
    for number in range(2):
        features = block(graph, features, weights, f"{name}.{number}")
    return features
