# Triton without a GPU, for laptops, CI and clusters that have none: the tritonserver of NVIDIA's PyPI wheel, the same that the
# tests run on. Serves the same model repository by the same command line as triton/Dockerfile.
#   docker build -t triton-imagen-cpu -f triton/cpu.Dockerfile .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG DEBIAN_IMAGE=debian:12.15-slim

FROM ${NODE_IMAGE} AS install
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libpython3.11 python3 python3-venv
COPY packages/local-stack /src/packages/local-stack
COPY triton/install-cpu.ts /src/triton/
# Every wheel is checked against packages/local-stack/triton/requirements.lock.
RUN node /src/triton/install-cpu.ts /opt/triton /opt/triton/tritonserver

FROM ${DEBIAN_IMAGE}
# The interpreter must be the one that the virtual environment was made with.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libpython3.11 python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --no-create-home triton-server
COPY --from=install /opt/triton /opt/triton
COPY triton/model_repository /models
COPY triton/alive.py /opt/imagen/
USER 1000:1000
ENV PATH=/opt/triton:$PATH
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python3", "/opt/imagen/alive.py"]
CMD ["tritonserver", "--model-repository=/models", "--model-control-mode=none", "--exit-timeout-secs=12"]
