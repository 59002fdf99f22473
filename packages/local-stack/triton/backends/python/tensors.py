"""Tensors of Triton's Python backend as numpy arrays, right with numpy 1.26 and 2.x.

Every Python model reads and makes its tensors here. Triton's stub is built against numpy 1: with numpy 2 its own
as_numpy() repeats the first item and Tensor(name, array) is empty, both without an error. DLPack hands over only a
pointer, a type and a shape, so it does not depend on numpy's version.
"""
import ctypes

import numpy as np
import triton_python_backend_utils as pb_utils

NUMPY_1 = np.lib.NumpyVersion(np.__version__) < "2.0.0"
USED = b"used_dltensor"  # a capsule keeps only a pointer to its name: this must live as long as the process
set_capsule_name = ctypes.pythonapi.PyCapsule_SetName
set_capsule_name.argtypes = ctypes.py_object, ctypes.c_char_p


def to_numpy(tensor):
    """The tensor as a read-only array. With numpy 2 it is a view that pins its shared memory for as long as it lives."""
    array = tensor.as_numpy() if NUMPY_1 else np.from_dlpack(tensor)
    array.flags.writeable = False
    return array


def from_numpy(name, array):
    """A tensor of numbers or bools. It may share the array's memory: do not write to the array afterwards."""
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        raise pb_utils.TritonModelException(f"tensor '{name}': {array.dtype} is not a type of number or bool")
    # DLPack refuses read-only arrays, and Triton overlooks a step along the first axis: both need a copy.
    if not (array.flags.c_contiguous and array.flags.writeable and array.dtype.isnative):
        array = array.astype(array.dtype.newbyteorder("="), order="C")
    if NUMPY_1:
        return pb_utils.Tensor(name, array)
    capsule = array.__dlpack__()
    tensor = pb_utils.Tensor.from_dlpack(name, capsule)
    set_capsule_name(capsule, USED)  # Triton renames it to "used_dlpack", for which numpy logs a traceback
    return tensor
