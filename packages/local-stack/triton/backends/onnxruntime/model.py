"""Stand-in for Triton's native onnxruntime backend, which the wheel lacks: a Python-based backend of the same name.

Serves the same config.pbtxt and <version>/model.onnx as production, on the CPU through PyPI's onnxruntime. Settings for
GPUs (execution accelerators) are accepted and ignored, tensors of strings are refused.
"""
import json
import os

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils
from tensors import from_numpy, to_numpy

ORT_TYPES = {  # onnxruntime's name of a type -> Triton's
    "tensor(bool)": "TYPE_BOOL",
    "tensor(float16)": "TYPE_FP16",
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    **{f"tensor({sign}int{bits})": f"TYPE_{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
GRAPH_LEVELS = {-1: "ORT_ENABLE_BASIC", 0: "ORT_ENABLE_ALL", 1: "ORT_ENABLE_EXTENDED", 2: "ORT_DISABLE_ALL"}


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.batched = config["max_batch_size"] > 0
        if not (config["input"] and config["output"]):  # the native backend would complete them from the model
            raise pb_utils.TritonModelException("config.pbtxt must declare its inputs and outputs")
        file = config.get("default_model_filename") or "model.onnx"
        path = os.path.join(args["model_repository"], args["model_version"], file)
        self.session = ort.InferenceSession(path, session_options(config), providers=["CPUExecutionProvider"])
        check_ports("input", config["input"], self.session.get_inputs(), self.batched)
        check_ports("output", config["output"], self.session.get_outputs(), self.batched)
        self.inputs = [port["name"] for port in config["input"]]
        self.outputs = [port["name"] for port in config["output"]]

    def execute(self, requests):
        if self.batched:
            return self.run(requests)
        return [self.run([request])[0] for request in requests]

    def run(self, requests):
        """One session run for all requests. An exception here fails every one of them, as in the native backend."""
        rows = [[to_numpy(pb_utils.get_input_tensor_by_name(r, name)) for r in requests] for name in self.inputs]
        feed = {name: parts[0] if len(parts) == 1 else np.concatenate(parts) for name, parts in zip(self.inputs, rows)}
        results = self.session.run(self.outputs, feed)
        if len(requests) == 1:
            split = [results]
        else:
            ends = np.cumsum([len(part) for part in rows[0]])[:-1]
            split = zip(*(np.split(result, ends) for result in results))
        return [
            pb_utils.InferenceResponse([from_numpy(name, part) for name, part in zip(self.outputs, parts)])
            for parts in split
        ]


def session_options(config):
    """The settings of the native backend that mean something on a CPU, under their native names."""
    parameters = {key: value["string_value"] for key, value in config.get("parameters", {}).items()}
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(parameters.get("intra_op_thread_count", 0))
    # Threads that spin while they wait take the CPU from other models.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.inter_op_num_threads = int(parameters.get("inter_op_thread_count", 0))
    if int(parameters.get("execution_mode", 0)):
        options.execution_mode = ort.ExecutionMode.ORT_PARALLEL
    level = int(config.get("optimization", {}).get("graph", {}).get("level", 0))
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, GRAPH_LEVELS.get(level, "ORT_ENABLE_ALL"))
    return options


def check_ports(kind, declared, ports, batched):
    """Refuses a config that the native backend would refuse: unknown names, other types, other dims."""
    ports = {port.name: port for port in ports}
    for config in declared:
        name = config["name"]
        if name not in ports:
            raise pb_utils.TritonModelException(
                f"unexpected inference {kind} '{name}', allowed {kind}s are: {', '.join(sorted(ports))}"
            )
        check_type(f"{kind} '{name}'", config["data_type"], ports[name].type)
        check_shape(f"{kind} '{name}'", config, ports[name].shape, batched)


def check_type(port, declared, ort_type):
    found = ORT_TYPES.get(ort_type)
    if found is None:
        raise pb_utils.TritonModelException(f"{port}: this stand-in cannot pass {ort_type}")
    if found != declared:
        raise pb_utils.TritonModelException(f"{port}: the model has type {found}, config.pbtxt has {declared}")


def check_shape(port, config, shape, batched):
    dims = config.get("reshape", {}).get("shape") or config["dims"]
    want = [-1] * batched + [int(dim) for dim in dims]
    have = [dim if isinstance(dim, int) else -1 for dim in shape]  # a named axis is a variable one
    fits = len(want) == len(have) and all(h in (-1, w) or w == -1 for w, h in zip(want, have))
    if not fits or (batched and have[0] != -1):
        raise pb_utils.TritonModelException(
            f"{port}: the model has shape {have}, config.pbtxt (with its batch axis) has {want}"
        )
