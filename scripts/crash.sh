#!/usr/bin/env bash
# Kills the real program again and again, with the numbers of the product.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/crash.sh [KILLS]

Kills `live` by SIGKILL at random moments while services fall ill and are cured,
KILLS times (300), with the policy as it ships and against a scripted engine.
Afterwards the ledger is compared with what the engine was asked for: the chain
is sound, no action was repeated or lost, and every session is closed. The same
test runs in scripts/check.sh 300 times with short numbers.

exit code: 0 all holds, 1 something does not, 2 usage
END
}

case ${1:-} in
-h | --help) usage && exit ;;
*[!0-9]* | 0) usage >&2 && exit 2 ;;
esac
[ $# -le 1 ] || { usage >&2 && exit 2; }

export WICAP_ASSIST_CRASH_KILLS=${1:-300}
exec cargo test --locked --quiet --test it -- --exact --nocapture \
    crash::killed_at_any_moment_it_loses_nothing_and_repeats_nothing
