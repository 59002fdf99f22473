"""style_comic: flat colour and ink lines. Image processing written as a graph, nothing is trained.

Two generalised Kuwahara filters (Papari et al. 2007), soft steps of luminance (Winnemoeller et al. 2006), saturation,
ink where one of twelve long line filters answers, black where the picture is nearly black.
"""
import numpy as np

from builders.comic_kernels import LINE_RADIUS_PX, SECTORS, line_kernels, sector_kernels
from builders.onnx_graph import LUMA_WEIGHTS, Graph

TILE_PX = 512
PARAMS = ("line strength", "levels", "smoothing", "saturation", "spot black", "line detail")
DEFAULTS = (1.0, 7.0, 1.0, 1.4, 0.7, 0.5)
FINE_RADIUS_PX, FINE_SHARPNESS = 3, 60.0
COARSE_RADIUS_PX, COARSE_SHARPNESS = 5, 40.0
STEP_SLOPE = 3.0
INK_RGB = (0.055, 0.045, 0.075)


def kuwahara(graph, picture, radius_px, sharpness):
    """[N, 3, H, W]: the mean of every sector around a pixel, weighted towards the sectors with little variance."""
    kernels = sector_kernels(radius_px)[:, None]
    luma = graph.luma(picture)
    channels = graph.pad_edges(graph.concat(picture, luma * luma), radius_px, radius_px)
    means = graph.convolution(channels, np.tile(kernels, (4, 1, 1, 1)), padding_px=(0, 0), groups=4)
    red, green, blue, luma_squared = graph.split(means, [SECTORS] * 4)
    mean = red * LUMA_WEIGHTS[0] + green * LUMA_WEIGHTS[1] + blue * LUMA_WEIGHTS[2]
    deviation = graph.sqrt(graph.relu(luma_squared - mean * mean) + 1e-7)
    weight = (1.0 / (1.0 + (deviation * sharpness))) ** 8.0
    total = graph.sum_channels(weight, SECTORS)
    return graph.concat(*[graph.sum_channels(colour * weight, SECTORS) / total for colour in (red, green, blue)])


def ink_lines(graph, luma, detail):
    """[N, 1, H, W] -> how much ink, 0..1: the strongest line filter, a soft threshold, lonely specks removed."""
    padded = graph.pad_edges(graph.sqrt(luma + 1e-4), LINE_RADIUS_PX, LINE_RADIUS_PX)
    answer = graph.largest_channel(graph.convolution(padded, line_kernels()[:, None], padding_px=(0, 0)))
    threshold = 0.024 - detail * 0.020
    ink = graph.smoothstep(answer / threshold, 0.75, 1.5)
    nearby = graph.gaussian_blur(ink, 3.0, channels=1)
    return ink * graph.smoothstep(nearby, 0.04, 0.13)


def soft_steps(graph, luma, levels):
    """Luminance pulled towards `levels` steps, with soft edges between them."""
    position = luma * levels
    step = graph.floor(position + 0.5)
    bend = graph.op("Tanh", (position - step) * STEP_SLOPE * 2.0)
    return (step + bend * (0.5 / np.tanh(STEP_SLOPE))) * (1.0 / levels)


def flat_colour(graph, picture, levels, saturation):
    """[N, 3, H, W] with its luminance in steps and its saturation changed."""
    luma = graph.luma(picture)
    lifted = luma ** 0.8
    stepped = soft_steps(graph, lifted, levels) ** 1.1
    colour = picture * graph.clamp(stepped / (luma + 0.02), 0.5, 1.9)
    grey = graph.luma(colour)
    return graph.clamp(grey + (colour - grey) * saturation, 0, 1)


def build_style_comic(path):
    """TILE uint8 [N, 512, 512, 3], PARAMS [N, 6] -> RESULT uint8 [N, 512, 512, 3]."""
    graph = Graph("style_comic")
    source = graph.tile(TILE_PX)
    strength, levels, smoothing, saturation, spot_black, detail = graph.vector("PARAMS", len(PARAMS))
    fine = kuwahara(graph, source, FINE_RADIUS_PX, FINE_SHARPNESS)
    coarse = kuwahara(graph, fine, COARSE_RADIUS_PX, COARSE_SHARPNESS)
    colour = flat_colour(graph, graph.mix(source, coarse, smoothing), levels, saturation)
    ink = ink_lines(graph, graph.luma(fine), detail)
    black = (1.0 - graph.smoothstep(graph.luma(coarse), 0.015, 0.085)) * spot_black
    cover = graph.clamp(graph.maximum(ink * strength, black), 0, 1)
    graph.save(graph.mix(colour, graph.channel_constant(INK_RGB), cover), path, TILE_PX)
