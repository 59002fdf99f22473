#!/usr/bin/env bash
# Applies rendered manifests and waits until every Deployment runs them.
#   cloudbuild/release.sh <file>      ROLLOUT_TIMEOUT=20m
set -euo pipefail
kubectl apply --filename "$1"
kubectl get deployments --namespace imagen --output name |
  xargs -I{} kubectl rollout status {} --namespace imagen --timeout="${ROLLOUT_TIMEOUT:-20m}"
