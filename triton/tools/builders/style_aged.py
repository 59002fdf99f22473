"""style_aged: an old print. Image processing written as a graph, nothing is trained.

Softness, halation, a warm matrix, an S-curve, faded blacks and yellowed whites, grain, scratches and dust, a vignette.
All of it is our own choice of constants; the sepia matrix is the customary one of image editors, a little darker.
"""
import numpy as np

from builders.exact_hash import coordinates, modulo
from builders.film_marks import dust, grain, scratches
from builders.onnx_graph import Graph

TILE_PX = 512
PARAMS = ("strength", "warmth", "fade", "grain", "vignette", "halation", "scratches", "seed")
DEFAULTS = (1.0, 0.55, 0.7, 0.5, 0.5, 0.5, 0.4, 7.0)
COORDS = ("x of the tile", "y of the tile", "width of the picture", "height of the picture")  # pixels
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]]) * 0.92
FADED_BLACK, YELLOWED_WHITE = (0.125, 0.095, 0.105), (0.985, 0.95, 0.855)
GLOW_RGB = (0.42, 0.16, 0.06)
MARKS_RGB = (1.0, 0.96, 0.86)


def develop(graph, picture, warmth, fade, halation):
    """The colours [N, 3, H, W] of an old print; the only step that looks at neighbouring pixels of the source."""
    picture = graph.mix(picture, graph.gaussian_blur(picture, 0.8, channels=3), 0.55)
    glow = graph.gaussian_blur(graph.relu(graph.luma(picture) - 0.62) * 2.6, 8.0, channels=1)
    picture = graph.clamp(picture + glow * halation * graph.channel_constant(GLOW_RGB), 0, 1)
    grey = graph.luma(picture)
    picture = grey + (picture - grey) * (1.0 - warmth * 0.35)
    picture = graph.clamp(graph.mix(picture, graph.pointwise(picture, SEPIA), warmth * 0.62), 0, 1)
    picture = graph.mix(picture, graph.s_curve(picture), 0.45)
    black, white = graph.channel_constant(FADED_BLACK), graph.channel_constant(YELLOWED_WHITE)
    return graph.mix(picture, black + picture * (white - black), fade)


def vignette(graph, x, y, *, width, height, share):
    """How much of the light is left, 0..1: [N, 1, H, W], from the distance to the middle of the whole picture."""
    across, down = (x + 0.5) * (1.0 / width) - 0.5, (y + 0.5) * (1.0 / height) - 0.5
    distance = (across * across + down * down) * 2.0
    return 1.0 - share * 0.62 * graph.smoothstep(distance, 0.12, 1.15)


def build_style_aged(path, tile_px=TILE_PX):
    """TILE uint8 [N, T, T, 3], PARAMS [N, 8], COORDS [N, 4] -> RESULT uint8 [N, T, T, 3]. The shipped T is 512."""
    graph = Graph("style_aged")
    source = graph.tile(tile_px)
    strength, warmth, fade, grain_share, vignette_share, halation, scratch_share, seed = graph.vector(
        "PARAMS", len(PARAMS))
    first_x, first_y, width, height = graph.vector("COORDS", len(COORDS))
    seed = modulo(graph, graph.floor(graph.op("Abs", seed)))
    x, y = coordinates(graph, tile_px, first_x, first_y)
    picture = develop(graph, source, warmth, fade, halation)
    luma = graph.luma(picture)
    clumps = grain(graph, x, y, seed) * grain_share * 0.075
    picture = picture + clumps * (0.3 + luma * (1.0 - luma) * 2.8)
    lines = scratches(graph, x, y, width=width, height=height, seed=seed) * 0.22
    marks = lines + dust(graph, x, y, width=width, height=height, seed=seed) * 0.5
    picture = picture + marks * scratch_share * graph.channel_constant(MARKS_RGB) * 0.8
    picture = picture * vignette(graph, x, y, width=width, height=height, share=vignette_share)
    graph.save(graph.mix(source, picture, strength), path, tile_px)
