"""Every model of triton/model_repository that has a graph, and the function that writes it."""
from functools import partial
from pathlib import Path

from builders.background_remove import build_background_remove
from builders.enhance import build_enhance
from builders.style_aged import build_style_aged
from builders.style_comic import build_style_comic
from builders.upscale import build_upscale

MODEL_REPOSITORY = Path(__file__).resolve().parents[2] / "model_repository"

# name of the model -> a function that writes its ONNX file to a path
BUILDERS = {
    "background_remove": build_background_remove,
    "enhance": build_enhance,
    "style_aged": build_style_aged,
    "style_comic": build_style_comic,
    "upscale": partial(build_upscale, scale=4),
    "upscale_x2": partial(build_upscale, scale=2),
}


def shipped_path(model):
    """Where Triton finds the graph of a model."""
    return MODEL_REPOSITORY / model / "1" / "model.onnx"
