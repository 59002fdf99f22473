#!/usr/bin/env bash
# Fails when an image has a critical vulnerability for which there is a fix, and stores its software bill of materials.
#   cloudbuild/scan.sh <image by digest>
set -euo pipefail
image=$1
scan=$(gcloud artifacts docker images scan "$image" --remote --format='value(response.scan)')
critical=$(gcloud artifacts docker images list-vulnerabilities "$scan" \
  --format='value(vulnerability.shortDescription)' \
  --filter='vulnerability.effectiveSeverity=CRITICAL AND vulnerability.fixAvailable=true')
if [ -n "$critical" ]; then
  printf 'critical, and mended upstream: build again on a newer base, or update the dependency\n%s\n' "$critical" >&2
  exit 1
fi
gcloud artifacts sbom export --uri="$image"
