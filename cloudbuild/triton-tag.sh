#!/usr/bin/env bash
# A tag of what Triton's image is made of: as long as that is unchanged, the 10 GB are not built again.
set -euo pipefail
{
  find triton/Dockerfile triton/alive.py triton/requirements-gpu.lock triton/model_repository -type f
  find packages/local-stack/triton/backends/python -type f -name '*.py'
} | LC_ALL=C sort | xargs sha256sum | sha256sum | cut --characters=1-16
