"""From weights and formulas to the ONNX files of triton/model_repository. Needs numpy and onnx only."""
