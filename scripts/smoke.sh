#!/usr/bin/env bash
# Tries an installed wicap-assist on this host; changes nothing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/smoke.sh [--program FILE | --container NAME] [--project NAME]

Tries an installation against the engine and the stack of this host: that the
program runs, its settings hold, the engine answers, one turn of `live` sees the
stack, and its ledger is sound. It observes, in a folder of its own, and changes
nothing.

  --program FILE    this program (wicap-assist of the PATH)
  --container NAME  the program inside this running container; there the
                    container's own health is asked too
  --project NAME    the compose project to look at

exit code: 0 all holds, 1 it could not be tried, 2 usage, 3 something does not hold
END
}

PROGRAM=() PROJECT=() CONTAINER=''

main() {
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help) usage && return ;;
        --program) [ $# -ge 2 ] || misuse && PROGRAM=("$(named "$2")") && shift ;;
        --container) [ $# -ge 2 ] || misuse && CONTAINER=$2 && shift ;;
        --project) [ $# -ge 2 ] || misuse && PROJECT=(--project "$2") && shift ;;
        *) misuse ;;
        esac
        shift
    done
    local folder
    if [ -n "$CONTAINER" ]; then
        [ ${#PROGRAM[@]} = 0 ] || misuse
        PROGRAM=(docker exec "$CONTAINER" /usr/local/bin/wicap-assist)
        folder=/tmp/smoke-$$
    else
        [ ${#PROGRAM[@]} -gt 0 ] || PROGRAM=(wicap-assist)
        folder=$(mktemp -d -t wicap-assist-smoke-XXXXXX)
        # shellcheck disable=SC2064 # The folder of now.
        trap "rm -rf '$folder'" EXIT
    fi
    "${PROGRAM[@]}" --version >/dev/null 2>&1 ||
        fail "\`${PROGRAM[*]}\` does not run" "install it with scripts/install.sh, or name it with --program or --container"
    local n_bad=0
    step version --version
    step settings config check
    [ -z "$CONTAINER" ] || step health health
    step doctor --data-dir "$folder" "${PROJECT[@]}" doctor
    step "one turn" --data-dir "$folder" "${PROJECT[@]}" live --once --plain
    step ledger --data-dir "$folder" ledger verify
    [ "$n_bad" = 0 ] || {
        say "smoke: $n_bad of the steps do not hold"
        exit 3
    }
    say "smoke: all holds"
}

# A name without a folder is looked for in the PATH.
named() { case $1 in */*) given "$1" ;; *) printf '%s\n' "$1" ;; esac; }

misuse() {
    usage >&2
    exit 2
}

# step NAME ARGUMENT...: what it said is shown where it does not hold.
step() {
    local name=$1 said code=0
    shift
    said=$("${PROGRAM[@]}" "$@" 2>&1 </dev/null) || code=$?
    if [ "$code" = 0 ]; then
        printf 'ok    %s\n' "$name"
    else
        n_bad=$((n_bad + 1))
        printf 'FAIL  %s (code %s)\n%s\n' "$name" "$code" "$said"
    fi
}

main "$@"
