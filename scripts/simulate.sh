#!/usr/bin/env bash
# Plays random turns against the controller and checks what has to hold.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/simulate.sh [--turns N] [--seed S]

Plays N turns (1000000) of a random world, the same ones for the same seed S
(1): crashes, people, engine outages, late reports, clock jumps, slow calls. An
onlooker checks after each turn what has to hold. Prints turns per second, a
digest of everything that was written, and the first broken invariant with its
seed and a shrunk scenario, which can become a case in tests/it/cases.

    scripts/simulate.sh --turns 2000000 --seed 7

exit code: 0 every invariant held, 1 one did not, 2 usage
END
}

main() {
    local turns=1000000 seed=1
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help) usage && return ;;
        --turns) turns=$(number "$@") ;;
        --seed) seed=$(number "$@") ;;
        *) usage >&2 && exit 2 ;;
        esac || exit 2
        shift 2
    done
    cargo test --quiet --release --test simulate -- --simulate "$turns" "$seed"
}

# number FLAG VALUE ...
number() {
    [[ ${2:-} =~ ^[0-9]{1,18}$ ]] || {
        say "error: $1 takes a whole number"
        say "hint: scripts/simulate.sh --help"
        return 2
    }
    echo "$2"
}

main "$@"
