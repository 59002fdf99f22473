"""What Python models with an ONNX graph inside share: opening the graph, and batches in which no request can fail another one.

Triton answers an exception in execute() with an error for every request of the batch, so none may leave it.
"""
import os

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils
from tensors import from_numpy, to_numpy


class BadRequest(ValueError):
    """A request that can never succeed, whatever is in its batch: it is answered with INVALID_ARG."""


def open_session(args, config):
    """The model.onnx beside model.py, on the device of this instance. Without that device: an error, no fallback."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(config["parameters"]["intra_op_thread_count"]["string_value"])
    # Threads that spin while they wait take the CPU from other models.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    if args["model_instance_kind"] == "GPU":
        providers.insert(0, ("CUDAExecutionProvider", {"device_id": args["model_instance_device_id"]}))
    path = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
    session = ort.InferenceSession(path, options, providers=providers)
    if len(session.get_providers()) != len(providers):  # onnxruntime only warns when CUDA cannot be had
        raise pb_utils.TritonModelException(
            f"{args['model_instance_name']}: this instance has a GPU and onnxruntime cannot use it, "
            "install onnxruntime-gpu and the CUDA libraries that it asks for")
    return session


def read_inputs(request):
    """All inputs of a request: name -> read-only array [n, ...]."""
    return {tensor.name(): to_numpy(tensor) for tensor in request.inputs()}


def respond(requests, read, run):
    """One response per request, in order.

    read(request) gives its inputs, name -> [n, ...], or raises BadRequest.
    run(inputs) gives RESULT [n, ...] for inputs [n, ...]. It gets all good requests as one batch, and each alone only
    when that has failed.
    """
    responses = [None] * len(requests)
    good = []
    for index, request in enumerate(requests):
        try:
            good.append((index, read(request)))
        except Exception as problem:
            responses[index] = failure(problem)
    for (index, _), response in zip(good, run_together([inputs for _, inputs in good], run)):
        responses[index] = response
    return responses


def run_together(parts, run):
    """Responses to the inputs of some requests: from one call of run(), or from one call each when that has failed."""
    if not parts:
        return []
    try:
        results = np.split(run(join(parts)), np.cumsum([len(part["TILE"]) for part in parts])[:-1])
        return [pb_utils.InferenceResponse([from_numpy("RESULT", result)]) for result in results]
    except Exception as problem:
        if len(parts) == 1:
            return [failure(problem)]
        return [response for part in parts for response in run_together([part], run)]


def join(parts):
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def failure(problem):
    if isinstance(problem, BadRequest):
        return pb_utils.InferenceResponse(error=pb_utils.TritonError(str(problem), pb_utils.TritonError.INVALID_ARG))
    message = f"{type(problem).__name__}: {problem}"
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(message, pb_utils.TritonError.INTERNAL))
