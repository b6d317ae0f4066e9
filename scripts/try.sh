#!/usr/bin/env bash
# Shows wicap-assist healing a real container, from nothing to a verified ledger.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/try.sh

Sets this machine up, builds, starts a stand-in stack and `wicap-assist live`
on it, makes one service sick, waits until it is healed, verifies the ledger,
and removes the stack again. Only containers that it starts itself are touched.

Ports 8080 and 6380 of the loopback address must be free.

exit code: 0 healed and verified, 1 not, 2 usage
END
}

export STANDIN_PROJECT=wicap-try STANDIN_HEALTH_INTERVAL=1s STANDIN_HEALTH_TIMEOUT=1s STANDIN_HEALTH_START=2s
HEAL_LIMIT=90 # seconds

main() {
    case ${1:-} in
    '') ;;
    -h | --help) usage && return ;;
    *) usage >&2 && exit 2 ;;
    esac
    step "1/6  This machine: packages, engine, images"
    scripts/setup.sh
    step "2/6  Building wicap-assist"
    quietly build-try cargo build --locked
    assist=$(target_dir)/debug/wicap-assist

    folder=$(mktemp -d)
    live=
    trap clean_up EXIT
    trap 'exit 1' INT TERM
    export STANDIN_DIR=$folder/standin

    step "3/6  Starting a stack of four services that looks like WiCAP"
    scripts/standin.sh up

    step "4/6  Starting \`wicap-assist live\` on it; its lines are indented"
    "$assist" --data-dir "$folder/data" live --project wicap-try --control-mode assist --interval 1 --plain \
        > >(sed -u 's/^/        /') 2>&1 </dev/null &
    live=$!
    sleep 3
    is_alive || fail "\`wicap-assist live\` ended by itself"

    step "5/6  Making the UI sick: /health answers 500 until somebody restarts it"
    scripts/standin.sh fault ui unhealthy
    wait_for "$HEAL_LIMIT" is_healed ||
        fail "the UI was not healed within $HEAL_LIMIT s" "the lines above say why"
    wait_for "$HEAL_LIMIT" is_judged || fail "the ledger has no verdict after $HEAL_LIMIT s"
    kill -TERM "$live"
    wait "$live" || fail "\`wicap-assist live\` did not end cleanly"
    live=

    step "6/6  What the ledger says, and whether it is whole"
    "$assist" --data-dir "$folder/data" ledger list
    "$assist" --data-dir "$folder/data" ledger verify
    say ""
    say "The UI was sick, was restarted once, and is well. Nothing of this is left on the machine"
    say "but what was built in target/ and .cache/."
}

step() { printf '\n%s\n' "$*" >&2; }

# wait_for SECONDS COMMAND...
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] && is_alive || return 1
        sleep 0.5
    done
}

is_alive() { kill -0 "$live" 2>/dev/null; }

# By the stand-in's own word and the engine's, not by that of wicap-assist.
is_healed() {
    grep -q '"fault":"unhealthy","event":"cleared","by":"restart"' "$STANDIN_DIR/faults/_log.jsonl" &&
        [ "$(docker inspect --format '{{.State.Health.Status}}' wicap-try-ui)" = healthy ]
}

is_judged() { "$assist" --data-dir "$folder/data" ledger list 2>/dev/null | grep -q episode_closed; }

# shellcheck disable=SC2317 # Called by the trap.
clean_up() {
    if [ -n "$live" ] && is_alive; then
        kill -TERM "$live" 2>/dev/null || true
        wait "$live" 2>/dev/null || true
    fi
    scripts/standin.sh down || true
    rm -rf "$folder"
}

main "$@"
