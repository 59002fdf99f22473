"""upscale (x 4) and upscale_x2: a small convolutional network that adds detail to a bilinear enlargement.

The shape of the network is SRVGGNetCompact (Wang et al.: Real-ESRGAN, 2021), the enlargement inside it is the sub-pixel
convolution of Shi et al. (2016). The weights are our own (training/train_upscale.py).
"""
from builders.convolution_stack import convolution_stack
from builders.onnx_graph import Graph
from builders.weights import load_weights

TILE_PX = 256


def build_upscale(path, scale):
    """TILE uint8 [N, 256, 256, 3] -> RESULT uint8 [N, 256 scale, 256 scale, 3]."""
    graph = Graph(f"upscale_x{scale}")
    picture = graph.tile(TILE_PX)
    detail = convolution_stack(graph, picture, load_weights(f"upscale_x{scale}"))
    detail = graph.op("DepthToSpace", detail, blocksize=scale, mode="CRD")
    graph.save(detail + graph.resize(picture, scale), path, TILE_PX * scale)
