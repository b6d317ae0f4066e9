#!/bin/sh
# Prints how well lines are grouped and failures found.
#
#   WICAP_ASSIST_EVAL_DIR=DIR scripts/accuracy.sh
#
# DIR holds bench/ (gen_corpus.py, eval_extraction.py) and data/loghub/. Without it only the
# corpus of this repository is measured, and the tests that are skipped say so.
set -eu
cd "$(dirname "$0")/.."
cargo test --quiet --test it signature_accuracy -- --nocapture --test-threads=1
