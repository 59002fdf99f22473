"""Builds the ONNX files of triton/model_repository from weights/*.npz and formulas.

    python3 build.py [model ...]            writes them, all or those named
    python3 build.py --check [model ...]    builds into a temporary folder and compares: exit 1, a line per difference
"""
import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from builders.shipped_models import BUILDERS, shipped_path


def sha256(path):
    """Hexadecimal digest of a file; 'missing' without one."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "missing"


def write(models):
    """Builds the named models into the model repository, a line for each."""
    for model in models:
        path = shipped_path(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        BUILDERS[model](str(path))
        print(f"{model}: {path.stat().st_size} bytes, sha256 {sha256(path)}")


def differences(models):
    """One line for each named model whose shipped file is not what its builder makes."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            built = Path(folder) / f"{model}.onnx"
            BUILDERS[model](str(built))
            if sha256(built) != sha256(shipped_path(model)):
                lines.append(f"{model}: built {sha256(built)}, shipped {sha256(shipped_path(model))}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, compare with the shipped files")
    parser.add_argument("models", nargs="*", metavar="model", help=", ".join(BUILDERS))
    arguments = parser.parse_args()
    models = arguments.models or list(BUILDERS)
    unknown = [model for model in models if model not in BUILDERS]
    if unknown:
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(BUILDERS)}")
    if not arguments.check:
        write(models)
        return 0
    lines = differences(models)
    for line in lines:
        print(line)
    if not lines:
        print(f"same bytes: {', '.join(models)}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
