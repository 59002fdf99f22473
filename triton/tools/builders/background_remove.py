"""background_remove: the matte of the subject of a whole picture, stretched to 512 x 512.

The network sees the picture and its mirror image at three sizes; the mean of the log odds is drawn along the edges of
the picture by a grey guided filter (He, Sun, Tang: Guided Image Filtering, 2010; Fast Guided Filter, 2015). The weights
are our own (training/train_background_remove.py). What Triton runs after this graph lies beside it.
"""
from builders.matte_network import matte_log_odds
from builders.onnx_graph import Graph
from builders.weights import load_weights

TILE_PX = 512
NETWORK_SIDES_PX = (256, 192, 128)  # multiples of 32
COMMON_SIDE_PX = 128  # at which the log odds are averaged
FILTER_RADIUS_PX, FILTER_EPSILON = 3, 1e-3  # at half the size of the tile


def guided_coefficients(graph, guide, values):
    """slope and offset [N, 1, H, W] with which slope x guide + offset follows values; guide and values [N, 1, H, W]."""
    mean_guide, mean_values = graph.box_mean(guide, FILTER_RADIUS_PX), graph.box_mean(values, FILTER_RADIUS_PX)
    covariance = graph.box_mean(guide * values, FILTER_RADIUS_PX) - mean_guide * mean_values
    variance = graph.relu(graph.box_mean(guide * guide, FILTER_RADIUS_PX) - mean_guide * mean_guide)
    slope = covariance / (variance + FILTER_EPSILON)
    return graph.box_mean(slope, FILTER_RADIUS_PX), graph.box_mean(mean_values - slope * mean_guide, FILTER_RADIUS_PX)


def mirror(graph, picture, side_px):
    """Left and right exchanged."""
    return graph.op("Gather", picture, graph.integers(*range(side_px - 1, -1, -1)), axis=3)


def resize_side(graph, picture, from_px, to_px):
    return picture if from_px == to_px else graph.resize(picture, to_px / from_px)


def log_odds_at(graph, half, weights, side_px):
    """half [N, 3, 256, 256] -> log odds [N, 1, 128, 128] at one size, mean of picture and mirror image."""
    picture, result_px = resize_side(graph, half, TILE_PX // 2, side_px), side_px // 2
    straight = matte_log_odds(graph, picture, weights, result_px)
    mirrored = matte_log_odds(graph, mirror(graph, picture, side_px), weights, result_px)
    both = straight + mirror(graph, mirrored, result_px)
    return resize_side(graph, both * 0.5, result_px, COMMON_SIDE_PX)


def build_background_remove(path):
    """TILE uint8 [N, 512, 512, 3] -> RESULT uint8 [N, 512, 512, 1], 255 is subject."""
    weights = load_weights("background_remove")
    graph = Graph("background_remove")
    picture = graph.tile(TILE_PX)
    half = graph.block_mean(picture, 2)
    log_odds = log_odds_at(graph, half, weights, NETWORK_SIDES_PX[0])
    for side_px in NETWORK_SIDES_PX[1:]:
        log_odds = log_odds + log_odds_at(graph, half, weights, side_px)
    probability = graph.resize(graph.op("Sigmoid", log_odds * (1 / len(NETWORK_SIDES_PX))), 2)
    luma = graph.luma(picture)
    slope, offset = guided_coefficients(graph, graph.block_mean(luma, 2), probability)
    alpha = graph.resize(slope, 2) * luma + graph.resize(offset, 2)
    graph.save(graph.smoothstep(alpha, 0.06, 0.94), path, TILE_PX, channels=1)
