"""Runs a piece of a graph without the rounding of a saved model."""
import onnx

from builders.onnx_graph import IR_VERSION, OPSET, Graph
from quality.tile_model import open_model


def evaluate(make, tile):
    """make(graph, picture [1, 3, T, T]) -> tensor; its value for a tile uint8 [T, T, 3], float32."""
    graph = Graph("test")
    result = make(graph, graph.tile(len(tile)))
    graph.nodes.append(onnx.helper.make_node("Identity", [result.name], ["RESULT"]))
    output = onnx.helper.make_tensor_value_info("RESULT", onnx.TensorProto.FLOAT, None)
    made = onnx.helper.make_graph(graph.nodes, "test", graph.inputs, [output], graph.constants)
    opset = onnx.helper.make_opsetid("", OPSET)
    return open_model(onnx.helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)).run(tile[None])
