"""The numpy part of background_remove, from where Triton runs it: model_repository/background_remove/1."""
import sys

from builders.shipped_models import shipped_path

FOLDER = str(shipped_path("background_remove").parent)
if FOLDER not in sys.path:
    sys.path.append(FOLDER)

import colour_model  # noqa: E402 - the path above leads to it
import guided_filter  # noqa: E402 - the path above leads to it
import matte  # noqa: E402 - the path above leads to it
import regions  # noqa: E402 - the path above leads to it

__all__ = ["colour_model", "guided_filter", "matte", "regions"]
