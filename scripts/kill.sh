#!/bin/sh
# Kills the ingest at many points, ends it, and compares the store with that of an undisturbed run.
#
#     scripts/kill.sh [TIMES]
set -eu
cd "$(dirname "$0")/.."
WICAP_ASSIST_KILLS="${1:-100}" exec cargo test --test it -- ingest::kill --nocapture
