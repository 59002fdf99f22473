"""enhance: blind denoising and JPEG cleaning, then one tone curve and sharpening.

The network works on 2 x 2 blocks of pixels and predicts what is wrong with them (FFDNet, Zhang et al. 2018; the
residual as in DnCNN, 2017), with weights of our own (training/train_enhance.py). Whoever calls decides PARAMS once per
picture, so all its tiles agree.
"""
from builders.convolution_stack import convolution_stack
from builders.onnx_graph import Graph
from builders.weights import load_weights

TILE_PX = 256
PARAMS = ("denoise", "black", "white", "gamma", "contrast", "saturation", "sharpen", "red gain", "blue gain")
NEUTRAL = (0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0)  # gives the same bytes back
ONLY_DENOISE = (1.0, *NEUTRAL[1:])
MARGIN_PX = 8  # edges repeated around the tile, so that the network sees no zeros at the picture's border
FLAT_CONTRAST = 6e-5  # square of the luma difference (some 2 / 255) below which sharpening fades out


def kernel_on_pixels(kernel):
    """A 3 x 3 convolution of 2 x 2 blocks [out, 12, 3, 3] as the same 6 x 6 one of pixels, stride 2: [out, 3, 6, 6]."""
    blocks = kernel.reshape(-1, 3, 2, 2, 3, 3)  # out, colour, row and column in the block, row and column of blocks
    return blocks.transpose(0, 1, 4, 2, 5, 3).reshape(-1, 3, 6, 6)


def clean(graph, picture, weights):
    """[N, 3, H, W], H and W even -> the picture minus the damage that the network sees in it."""
    padded = graph.pad_edges(picture, MARGIN_PX, MARGIN_PX)
    kernel = kernel_on_pixels(weights["body.0.weight"])
    features = graph.convolution(padded, kernel, weights["body.0.bias"], padding_px=(2, 2), stride=2)
    features = graph.prelu(features, weights["body.1.weight"])
    damage = graph.op("DepthToSpace", convolution_stack(graph, features, after_first(weights)), blocksize=2, mode="CRD")
    starts, ends = graph.integers(MARGIN_PX, MARGIN_PX), graph.integers(-MARGIN_PX, -MARGIN_PX)
    return picture - graph.op("Slice", damage, starts, ends, graph.integers(2, 3))


def after_first(weights):
    """The weights without the first convolution and its PReLU, numbered from 0 again."""
    rest = {}
    for name, values in weights.items():
        body, layer, kind = name.split(".")
        if int(layer) >= 2:
            rest[f"{body}.{int(layer) - 2}.{kind}"] = values
    return rest


def tone(graph, picture, *, black, white, gamma, contrast, saturation):
    """Levels, exponent, S-curve, saturation around luma. All [N, 1, 1, 1] but the picture [N, 3, H, W]."""
    above_black = picture - black
    level_range = graph.maximum(white - black, graph.const(0.05))
    picture = graph.clamp(above_black * (1.0 / level_range), 0, 1)
    picture = (picture + 1e-6) ** gamma
    picture = graph.mix(picture, graph.s_curve(picture), contrast)
    grey = graph.luma(picture)
    return graph.clamp(grey + (picture - grey) * saturation, 0, 1)


def sharpen(graph, picture, amount):
    """Unsharp mask of luma that leaves differences below about 2 / 255 alone, so that it raises no noise."""
    luma = graph.luma(picture)
    difference = luma - graph.gaussian_blur(luma, 1.0, channels=1)
    gate = difference * difference / (difference * difference + FLAT_CONTRAST)
    return picture + graph.clamp(difference * gate * amount, -0.12, 0.12)


def build_enhance(path):
    """TILE uint8 [N, 256, 256, 3], PARAMS [N, 9] -> RESULT uint8 [N, 256, 256, 3]."""
    graph = Graph("enhance")
    source = graph.tile(TILE_PX)
    denoise, black, white, gamma, contrast, saturation, amount, red, blue = graph.vector("PARAMS", len(PARAMS))
    cleaned = clean(graph, source, load_weights("enhance"))
    picture = graph.clamp(graph.mix(source, cleaned, denoise), 0, 1)
    picture = picture * graph.concat(red, red * 0.0 + 1.0, blue)
    picture = tone(
        graph, picture, black=black, white=white, gamma=gamma, contrast=contrast, saturation=saturation)
    graph.save(sharpen(graph, picture, amount), path, TILE_PX)
