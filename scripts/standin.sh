#!/usr/bin/env bash
# The stand-in stack by hand.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/standin.sh COMMAND

A stack that looks like WiCAP, to break and to heal on this machine.

  up                                start it and wait until it is well
  down                              stop it and remove all it made
  status                            its containers, its faults, what really happened
  fault SERVICE NAME [PARAM=N ...]  break something; --clear-on manual makes it permanent
  clear [SERVICE [NAME]]            end one fault, all of a service, or all
  faults                            the names of the faults

Services: redis, processor, ui, scout. Variables (default):
  STANDIN_PROJECT (wicap)      compose project, and what container names begin with
  STANDIN_UI_PORT (8080), STANDIN_REDIS_PORT (6380)
  STANDIN_RESTART (unless-stopped), or STANDIN_RESTART_UI and so on
  STANDIN_HEALTH_INTERVAL (2s), _TIMEOUT (2s), _START (5s), _RETRIES (2)
  STANDIN_STOP_GRACE (2s)
  STANDIN_DIR (.cache/standin/PROJECT)  the folder of faults and captures

exit code: 0 done, 1 could not, 2 usage
END
}

PROJECT=${STANDIN_PROJECT:-wicap}
export STANDIN_PREFIX=$PROJECT
export STANDIN_DIR=${STANDIN_DIR:-$CACHE/standin/$PROJECT}
export STANDIN_UI_PORT=${STANDIN_UI_PORT:-8080} STANDIN_REDIS_PORT=${STANDIN_REDIS_PORT:-6380}
export STANDIN_HEALTH_INTERVAL=${STANDIN_HEALTH_INTERVAL:-2s} STANDIN_HEALTH_TIMEOUT=${STANDIN_HEALTH_TIMEOUT:-2s}
export STANDIN_HEALTH_START=${STANDIN_HEALTH_START:-5s} STANDIN_HEALTH_RETRIES=${STANDIN_HEALTH_RETRIES:-2}
export STANDIN_STOP_GRACE=${STANDIN_STOP_GRACE:-2s}
STANDIN_USER=$(id -u):$(id -g)
export STANDIN_USER
for service in REDIS SCOUT PROCESSOR UI; do
    name=STANDIN_RESTART_$service
    export "$name=${!name:-${STANDIN_RESTART:-unless-stopped}}"
done
PROGRAM=$CACHE/images/standin/standin

main() {
    local command=${1:-}
    [ $# -eq 0 ] || shift
    case $command in
    up) up ;;
    down) down ;;
    status) status ;;
    fault)
        [ $# -ge 2 ] || misuse
        ctl set "$@"
        say "$1: $2 is set"
        ;;
    clear)
        [ $# -le 2 ] || misuse
        ctl clear "$@"
        ;;
    faults) ctl set --help ;;
    -h | --help) usage ;;
    *) misuse ;;
    esac
}

misuse() {
    usage >&2
    exit 2
}

ctl() {
    [ -x "$PROGRAM" ] || fail "the stand-in is not built" "run scripts/setup.sh"
    "$PROGRAM" ctl --faults "$STANDIN_DIR/faults" --prefix "$STANDIN_PREFIX" "$@"
}

compose() {
    local words
    words=$(compose_command) || fail "there is no compose command" "run scripts/setup.sh"
    # shellcheck disable=SC2086 # One or two words.
    $words -p "$PROJECT" -f tests/standin/compose.yml "$@"
}

up() {
    engine_answers || fail "no Docker Engine answers" "run scripts/setup.sh"
    docker image inspect "$STANDIN_IMAGE" "$STANDIN_REDIS_IMAGE" >/dev/null 2>&1 ||
        fail "the images are not built" "run scripts/setup.sh"
    is_up || { port_is_free "$STANDIN_UI_PORT" STANDIN_UI_PORT && port_is_free "$STANDIN_REDIS_PORT" STANDIN_REDIS_PORT; }
    mkdir -p "$STANDIN_DIR/repo/captures" "$STANDIN_DIR"/faults/{redis,scout,processor,ui}
    touch "$STANDIN_DIR/faults/_log.jsonl"
    quietly "up-$PROJECT" compose up -d
    watch_start
    for _ in $(seq 1 60); do
        if "$PROGRAM" healthcheck url "http://127.0.0.1:$STANDIN_UI_PORT/health" >/dev/null 2>&1; then
            say "the stack \`$PROJECT\` is up: http://127.0.0.1:$STANDIN_UI_PORT/health"
            return
        fi
        sleep 0.5
    done
    status
    fail "the UI does not answer after 30 s" "look at \`docker logs $STANDIN_PREFIX-ui\`"
}

is_up() { [ -n "$(docker ps -q --filter "label=com.docker.compose.project=$PROJECT")" ]; }

port_is_free() {
    # shellcheck disable=SC2188 # Opening the socket is all that is wanted.
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
        fail "port $1 is in use" "set $2 to a free port"
    fi
}

# The helper beside the engine that ends what a restart cures.
watch_start() {
    watch_stop
    setsid "$PROGRAM" ctl --faults "$STANDIN_DIR/faults" --prefix "$STANDIN_PREFIX" watch \
        </dev/null >/dev/null 2>"$STANDIN_DIR/watch.log" &
    echo $! >"$STANDIN_DIR/watch.pid"
}

watch_stop() {
    local pid
    pid=$(cat "$STANDIN_DIR/watch.pid" 2>/dev/null) || return 0
    # Only the process that we started: the number may be another's by now.
    if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$STANDIN_DIR/faults"; then
        kill "$pid" 2>/dev/null || true
    fi
    rm -f "$STANDIN_DIR/watch.pid"
}

down() {
    watch_stop
    mkdir -p "$STANDIN_DIR"
    # A stopped or paused process does not end when asked.
    ctl clear >/dev/null 2>&1 || true
    quietly "down-$PROJECT" compose down -v --remove-orphans
    rm -rf "$STANDIN_DIR"
    say "the stack \`$PROJECT\` is gone"
}

status() {
    docker ps -a --filter "label=com.docker.compose.project=$PROJECT" --format 'table {{.Names}}\t{{.Status}}'
    local set
    set=$(ctl list)
    printf '\nfaults: %s\n' "${set:-none}"
    if [ -s "$STANDIN_DIR/faults/_log.jsonl" ]; then
        printf '\nwhat really happened (last 10):\n'
        tail -n 10 "$STANDIN_DIR/faults/_log.jsonl"
    fi
}

main "$@"
