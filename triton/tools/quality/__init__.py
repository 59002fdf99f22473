"""Running and measuring the shipped models. Needs numpy, onnx, onnxruntime and pillow."""
