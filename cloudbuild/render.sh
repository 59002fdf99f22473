#!/usr/bin/env bash
# Prints the manifests of an overlay with images by digest and the settings of a project.
#   PROJECT_ID=my-project cloudbuild/render.sh <overlay> <worker image> <triton image>
set -euo pipefail
overlay=$1 worker=$2 triton=$3
published=us-central1-docker.pkg.dev/my-project/imagen
folder=k8s/overlays/.release
mkdir -p "$folder"
trap 'rm -r "$folder"' EXIT
cat > "$folder/kustomization.yaml" <<YAML
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../$overlay]
images:
  - { name: $published/imagen-worker, newName: "${worker%@*}", digest: "${worker#*@}" }
  - { name: $published/triton-imagen, newName: "${triton%@*}", digest: "${triton#*@}" }
YAML
kubectl kustomize "$folder" | sed "s/my-project/$PROJECT_ID/g"
