import numpy as np
import triton_python_backend_utils as pb_utils
from tensors import from_numpy, to_numpy


class TritonPythonModel:
    def execute(self, requests):
        return [views(to_numpy(pb_utils.get_input_tensor_by_name(request, "MATRIX"))) for request in requests]


def views(matrix):
    arrays = {
        "SAME": matrix,
        "REVERSED": matrix[::-1],
        "EVEN_ROWS": matrix[::2],
        "TRANSPOSED": matrix.T,
        "BIG_ENDIAN": matrix.astype(">i4"),
        "FIRST_ROW_REPEATED": np.broadcast_to(matrix[0], matrix.shape),
    }
    return pb_utils.InferenceResponse([from_numpy(name, array) for name, array in arrays.items()])
