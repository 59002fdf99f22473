#!/usr/bin/env bash
# Builds and pushes an image unless the registry has that tag already, and writes its reference by digest to <name>.image.
#   cloudbuild/image.sh <name> <tag> <docker build arguments...>      REGISTRY=us-central1-docker.pkg.dev/my-project/imagen
set -euo pipefail
name=$1 tag=$2
shift 2
image="$REGISTRY/$name:$tag"

digest() {
  gcloud artifacts docker images describe "$image" --format='value(image_summary.fully_qualified_digest)'
}

if digest > "$name.image" 2> "$name.describe"; then
  echo "$image is in the registry: not built again"
elif grep --quiet --ignore-case 'not.found' "$name.describe"; then
  docker build --tag "$image" "$@" .
  docker push "$image"
  digest > "$name.image"
else
  cat "$name.describe" >&2
  exit 1
fi
rm "$name.describe"
cat "$name.image"
