#!/usr/bin/env bash
# Remembers a release that is good as the one to return to, or returns to the last good one and fails.
#   cloudbuild/settle.sh <file> <good|bad>
set -euo pipefail
release=$1 outcome=$2
if [ "$outcome" = good ]; then
  kubectl create configmap imagen-last-good --namespace imagen --from-file=release.yaml="$release" \
    --dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --filename -
  exit
fi
last_good=$(mktemp)
trap 'rm "$last_good"' EXIT
if ! kubectl get configmap imagen-last-good --namespace imagen --output 'jsonpath={.data.release\.yaml}' > "$last_good"; then
  echo 'no release has been good yet: there is nothing to return to, the failed one stays' >&2
  exit 1
fi
"$(dirname "$0")/release.sh" "$last_good"
echo 'the release failed: the last good one runs again' >&2
exit 1
