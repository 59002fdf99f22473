"""A small ONNX graph builder: tensors with Python's operators, and the layers that the models here are made of.

    graph = Graph("half")
    picture = graph.tile(256)                           # TILE, uint8 [N, 256, 256, 3] -> float [N, 3, 256, 256], 0..1
    graph.save(picture * 0.5, "half.onnx", 256)         # -> RESULT, uint8 [N, 256, 256, 3]

Inside a graph every picture is FP32 [N, channels, height, width] with values of 0..1, unless a function says otherwise.
The same calls in the same order give the same bytes: nodes and constants are numbered as they are made.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8
PRODUCER = "image-fleet-tools"  # part of the bytes of the shipped files
LUMA_WEIGHTS = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709


class Tensor:
    """A named value of a graph. Arithmetic with tensors, numbers and arrays adds nodes and broadcasts as numpy does."""

    def __init__(self, graph, name):
        self.graph, self.name = graph, name

    def __add__(self, other): return self.graph.op("Add", self, other)
    def __radd__(self, other): return self.graph.op("Add", other, self)
    def __sub__(self, other): return self.graph.op("Sub", self, other)
    def __rsub__(self, other): return self.graph.op("Sub", other, self)
    def __mul__(self, other): return self.graph.op("Mul", self, other)
    def __rmul__(self, other): return self.graph.op("Mul", other, self)
    def __truediv__(self, other): return self.graph.op("Div", self, other)
    def __rtruediv__(self, other): return self.graph.op("Div", other, self)
    def __pow__(self, other): return self.graph.op("Pow", self, other)
    def __neg__(self): return self.graph.op("Neg", self)


class Graph:
    """The nodes and constants of one model, in the order in which they were made."""

    def __init__(self, name):
        self.name = name
        self.nodes, self.constants, self.inputs = [], [], []
        self.known_constants, self.names_given = {}, 0

    # ---- nodes and constants ----

    def fresh_name(self, stem):
        self.names_given += 1
        return f"{stem}_{self.names_given}"

    def const(self, value, dtype=np.float32):
        """A constant; equal ones are stored once."""
        array = np.asarray(value, dtype)
        key = (array.shape, array.dtype.str, array.tobytes())
        if key not in self.known_constants:
            name = self.fresh_name("c")
            self.constants.append(numpy_helper.from_array(array, name))
            self.known_constants[key] = Tensor(self, name)
        return self.known_constants[key]

    def integers(self, *values):
        """An INT64 constant [len(values)], as ONNX wants axes and shapes."""
        return self.const(values, np.int64)

    def op(self, kind, *inputs, outputs=1, **attributes):
        """Adds a node of an ONNX operator. Inputs: tensors, numbers or arrays (FP32), None for one that is left out."""
        names = [self.input_name(value) for value in inputs]
        results = [self.fresh_name(kind.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, names, results, name=results[0], **attributes))
        tensors = [Tensor(self, name) for name in results]
        return tensors[0] if outputs == 1 else tensors

    def input_name(self, value):
        if value is None:
            return ""
        return value.name if isinstance(value, Tensor) else self.const(value).name

    # ---- inputs and output ----

    def input(self, name, datatype, shape):
        self.inputs.append(helper.make_tensor_value_info(name, datatype, shape))
        return Tensor(self, name)

    def tile(self, side_px):
        """The input TILE, uint8 [N, side, side, 3] -> [N, 3, side, side]."""
        pixels = self.input("TILE", TensorProto.UINT8, ["N", side_px, side_px, 3])
        pixels = self.op("Cast", pixels, to=TensorProto.FLOAT)
        return self.op("Transpose", pixels, perm=[0, 3, 1, 2]) * (1 / 255)

    def vector(self, name, length):
        """A FP32 input [N, length] -> `length` tensors [N, 1, 1, 1]."""
        values = self.op("Reshape", self.input(name, TensorProto.FLOAT, ["N", length]), self.integers(-1, length, 1, 1))
        return self.split(values, [1] * length)

    def save(self, picture, path, side_px, channels=3):
        """Writes the model. Its output RESULT is uint8 [N, side, side, channels]: clamped, rounded (half up)."""
        levels = self.op("Floor", self.clamp(picture, 0, 1) * 255.0 + 0.5)
        pixels = self.op("Cast", self.op("Transpose", levels, perm=[0, 2, 3, 1]), to=TensorProto.UINT8)
        self.nodes.append(helper.make_node("Identity", [pixels.name], ["RESULT"], name="RESULT"))
        result = helper.make_tensor_value_info("RESULT", TensorProto.UINT8, ["N", side_px, side_px, channels])
        graph = helper.make_graph(self.nodes, self.name, self.inputs, [result], self.constants)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name=PRODUCER)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)

    # ---- filters ----

    def convolution(self, picture, kernel, bias=None, *, padding_px=None, groups=1, stride=1):
        """kernel [out, in / groups, height, width]. Zeros around: (vertical, horizontal), half a kernel if None."""
        kernel = np.asarray(kernel, np.float32)
        height, width = kernel.shape[2:]
        vertical, horizontal = (height // 2, width // 2) if padding_px is None else padding_px
        inputs = [picture, self.const(kernel)] + ([] if bias is None else [self.const(bias)])
        pads = [vertical, horizontal, vertical, horizontal]
        return self.op("Conv", *inputs, kernel_shape=[height, width], pads=pads, group=groups, strides=[stride, stride])

    def pointwise(self, picture, matrix):
        """Every pixel's channels times matrix [out, in]."""
        matrix = np.asarray(matrix, np.float32)
        return self.convolution(picture, matrix[:, :, None, None])

    def prelu(self, picture, slopes):
        """Negative values times the slope of their channel [channels]."""
        return self.op("PRelu", picture, self.const(np.asarray(slopes, np.float32).reshape(-1, 1, 1)))

    def pad_edges(self, picture, vertical_px, horizontal_px):
        """Repeats the border pixels outwards on all four sides."""
        pads = [0, 0, vertical_px, horizontal_px]
        return self.op("Pad", picture, self.integers(*pads, *pads), mode="edge")

    def gaussian_blur(self, picture, sigma_px, channels):
        """Separable Gaussian, cut off at three sigma, edges repeated."""
        radius_px = int(np.ceil(3 * sigma_px))
        offset = np.arange(-radius_px, radius_px + 1)
        weights = np.exp(-offset * offset / (2 * sigma_px * sigma_px))
        weights = (weights / weights.sum()).astype(np.float32)
        row = np.tile(weights.reshape(1, 1, 1, -1), (channels, 1, 1, 1))
        column = row.transpose(0, 1, 3, 2)
        blurred = self.convolution(self.pad_edges(picture, 0, radius_px), row, padding_px=(0, 0), groups=channels)
        return self.convolution(self.pad_edges(blurred, radius_px, 0), column, padding_px=(0, 0), groups=channels)

    def box_mean(self, picture, radius_px):
        """Mean over a square of side 2 radius + 1, edges repeated."""
        side_px = 2 * radius_px + 1
        padded = self.pad_edges(picture, radius_px, radius_px)
        return self.op("AveragePool", padded, kernel_shape=[side_px, side_px], strides=[1, 1])

    def block_mean(self, picture, side_px):
        """Means of blocks that do not overlap: a picture `side_px` times smaller."""
        return self.op("AveragePool", picture, kernel_shape=[side_px, side_px], strides=[side_px, side_px])

    def resize(self, picture, factor):
        """Bilinear, with half-pixel centres."""
        scales = self.const([1, 1, factor, factor])
        return self.op("Resize", picture, None, scales, mode="linear", coordinate_transformation_mode="half_pixel")

    # ---- channels ----

    def split(self, picture, sizes):
        """Channels -> one tensor per entry of sizes, with so many channels."""
        return self.op("Split", picture, self.integers(*sizes), outputs=len(sizes), axis=1)

    def concat(self, *pictures):
        return self.op("Concat", *pictures, axis=1)

    def largest_channel(self, picture):
        return self.op("ReduceMax", picture, axes=[1], keepdims=1)

    def sum_channels(self, picture, channels):
        """As a 1 x 1 convolution: ReduceSum adds in another order when the batch is larger."""
        return self.pointwise(picture, np.ones((1, channels)))

    def luma(self, picture):
        """RGB [N, 3, H, W] -> [N, 1, H, W]."""
        return self.pointwise(picture, [LUMA_WEIGHTS])

    def channel_constant(self, values):
        """One number per channel, [1, channels, 1, 1]."""
        return self.const(np.asarray(values).reshape(1, -1, 1, 1))

    # ---- pixels ----

    def clamp(self, value, smallest, largest):
        return self.op("Clip", value, smallest, largest)

    def relu(self, value): return self.op("Relu", value)
    def sqrt(self, value): return self.op("Sqrt", value)
    def floor(self, value): return self.op("Floor", value)
    def maximum(self, first, second): return self.op("Max", first, second)

    def mix(self, first, second, share):
        """`first` where share is 0, `second` where it is 1."""
        return first + (second - first) * share

    def s_curve(self, value):
        """0..1 -> 0..1, steeper in the middle: 3 v^2 - 2 v^3."""
        return value * value * (3.0 - 2.0 * value)

    def smoothstep(self, value, start, end):
        """0 up to start, 1 from end on, an S-curve between."""
        return self.s_curve(self.clamp((value - start) / (end - start), 0, 1))
