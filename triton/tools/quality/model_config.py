"""What a model's config.pbtxt says about tiles: the same facts that the workers go by."""
import re
from dataclasses import dataclass

from builders.shipped_models import MODEL_REPOSITORY


@dataclass(frozen=True)
class TileFacts:
    """How a picture is cut for a model."""

    whole: bool  # the picture is stretched to one tile, nothing is cut
    tile_px: int  # side of a tile
    halo_px: int  # border of a tile that only gives context
    origin_align_px: int  # tiles start at multiples of it
    scale: int  # side of the result / side of the tile


def config_parameters(text):
    """The `parameters { key: "..." value { string_value: "..." } }` of a config.pbtxt: key -> string."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entry = r'parameters\s*\{\s*key:\s*"([^"]*)"\s*value\s*\{\s*string_value:\s*"([^"]*)"\s*\}\s*\}'
    return dict(re.findall(entry, "\n".join(lines)))


def read_tile_facts(model):
    """The tile facts of a model of triton/model_repository."""
    parameters = config_parameters((MODEL_REPOSITORY / model / "config.pbtxt").read_text(encoding="utf8"))
    numbers = {name: int(parameters[name]) for name in ("tile_px", "halo_px", "origin_align_px", "scale")}
    return TileFacts(whole=parameters["tiling"] == "whole", **numbers)
