#!/usr/bin/env bash
# Everything that must hold before a change lands.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/check.sh

Formatting, lints, all tests, the documentation, and what the dependencies may
be. scripts/setup.sh --checks makes what it needs. Without a Docker Engine the
tests that need one are reported as ignored; with WICAP_ASSIST_REQUIRE_DOCKER=1
they fail.

exit code: 0 all holds, 1 something does not, 2 usage
END
}

PATH=$CACHE/tools/bin:$PATH

main() {
    case ${1:-} in
    '') ;;
    -h | --help) usage && return ;;
    *) usage >&2 && exit 2 ;;
    esac
    has cargo-deny || fail "cargo-deny is missing" "run scripts/setup.sh --checks"
    step cargo fmt --all --check
    step cargo clippy --locked --quiet --all-targets -- -D warnings
    step tests
    RUSTDOCFLAGS=-Dwarnings step cargo doc --locked --quiet --no-deps
    step cargo deny --locked --log-level error check bans licenses sources
    say "check: all holds"
    totals
}

# All tests; their output is kept for the sum at the end.
tests() {
    mkdir -p "$CACHE/log"
    cargo test --locked --quiet --no-fail-fast 2>&1 | tee "$CACHE/log/tests.log" || {
        totals
        return 1
    }
}

totals() {
    awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
        END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$CACHE/log/tests.log"
}

step() {
    say "check: $*"
    "$@" </dev/null || fail "\`$*\` failed"
}

main "$@"
