#!/usr/bin/env bash
# Shows wicap-assist healing a real container, from nothing to a verified ledger.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/try.sh

Sets this machine up, builds, starts a stand-in stack and `wicap-assist live`
on it, makes one service sick, waits until it is healed, verifies the ledger,
and removes the stack again; Ctrl-C does so at any time. Only containers that it
starts itself are touched. The first run builds for some minutes, later ones
take less than one.

exit code: 0 healed and verified, 1 not, 2 usage
END
}

PROJECT=wicap-try
export STANDIN_PROJECT=$PROJECT STANDIN_HEALTH_INTERVAL=1s STANDIN_HEALTH_TIMEOUT=1s STANDIN_HEALTH_START=2s
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
    quietly build-try cargo build --locked --release
    assist=$(target_dir)/release/wicap-assist

    folder=$(mktemp -d)
    live=
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    export STANDIN_DIR=$folder/standin
    STANDIN_UI_PORT=$(free_port 18080)
    STANDIN_REDIS_PORT=$(free_port 16380)
    export STANDIN_UI_PORT STANDIN_REDIS_PORT

    step "3/6  Starting a stack of four services that looks like WiCAP"
    scripts/standin.sh up

    step "4/6  Starting \`wicap-assist live\` on it; its lines are indented"
    configuration >"$folder/wicap-assist.toml"
    "$assist" --data-dir "$folder/data" --config "$folder/wicap-assist.toml" \
        live --control-mode assist --interval 1 --plain > >(sed -u 's/^/        /') 2>&1 </dev/null &
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
    run ledger list
    run ledger verify
    trap - EXIT
    clean_up
    say ""
    say "The UI was sick, was restarted once, and is well. Nothing of this is left on the machine"
    say "but what was built: ${assist#"$ROOT"/}, the rest of target/, and .cache/."
}

# The program on this stack, with a ledger of its own.
run() { "$assist" --data-dir "$folder/data" --config "$folder/wicap-assist.toml" "$@" </dev/null; }

# WiCAP's profile for another project on another port.
configuration() {
    cat <<END
[stack]
project = "$PROJECT"
profile = "wicap"

[stack.services.ui.probe]
url = "http://127.0.0.1:$STANDIN_UI_PORT/health"
END
}

# free_port FIRST: the first from there on at which nobody listens.
free_port() {
    local port=$1
    # shellcheck disable=SC2188 # Opening the socket is all that is wanted.
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
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
        [ "$(docker inspect --format '{{.State.Health.Status}}' "$PROJECT-ui")" = healthy ]
}

is_judged() { run ledger list --json 2>/dev/null | grep -q '"verdict":"met"'; }

# shellcheck disable=SC2317 # Called by the trap.
clean_up() {
    trap '' INT TERM
    if [ -n "$live" ] && is_alive; then
        kill -TERM "$live" 2>/dev/null || true
        wait "$live" 2>/dev/null || true
    fi
    scripts/standin.sh down || true
    rm -rf "$folder"
}

main "$@"
