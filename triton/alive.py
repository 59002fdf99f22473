"""Exits with 1 when Triton must be started again: it does not answer, or the process of a Python model is gone.

Triton never starts such a process again, yet says that it is alive and that the model is ready.
    alive.py [model repository] [http address]
"""
import glob
import os
import sys
import urllib.request

repository = sys.argv[1] if len(sys.argv) > 1 else "/models"
address = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000"


def command_lines():
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                yield file.read().decode(errors="replace").split("\0")
        except OSError:  # it has ended meanwhile
            pass


urllib.request.urlopen(f"{address}/v2/health/live", timeout=4)
running = {argument for line in command_lines() for argument in line}
models = {os.path.dirname(os.path.dirname(path)) for path in glob.glob(f"{repository}/*/*/model.py")}
gone = sorted(model for model in models if not any(argument.startswith(f"{model}/") for argument in running))
if gone:
    sys.exit(f"the process of a Python model is gone: {', '.join(map(os.path.basename, gone))}")
