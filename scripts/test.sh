#!/usr/bin/env bash
# Sets this machine up and runs all tests and checks.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

case ${1:-} in
'') ;;
-h | --help)
    echo "usage: scripts/test.sh    (scripts/setup.sh --checks, then scripts/check.sh)"
    exit 0
    ;;
*)
    say "usage: scripts/test.sh"
    exit 2
    ;;
esac

scripts/setup.sh --checks
scripts/check.sh
