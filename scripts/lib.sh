# Shared by the scripts beside it: where things are, how to speak, how to call the engine.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=$ROOT/.cache
# shellcheck disable=SC2034 # Used by the scripts that read this.
STANDIN_IMAGE=wicap-assist-standin:latest
# shellcheck disable=SC2034
STANDIN_REDIS_IMAGE=wicap-assist-redis:latest
cd "$ROOT" || exit 1

# One line on stderr: stdout is for results.
say() { printf '%s\n' "$*" >&2; }

# fail WHAT [NEXT STEP]
fail() {
    say "error: $1"
    [ $# -lt 2 ] || say "hint: $2"
    exit 1
}

# The path that the caller gave, who was in another folder.
given() {
    case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$OLDPWD/$1" ;;
    esac
}

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        fail "\`$*\` needs root" "run this as root, or install sudo"
    fi
}

engine_answers() { has docker && docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# The compose command, as words; fails where there is none.
compose_command() {
    if docker compose version >/dev/null 2>&1; then
        echo docker compose
    elif has docker-compose; then
        echo docker-compose
    else
        return 1
    fi
}

# Where cargo puts what it builds for this host: .cargo/config.toml names the target.
target_dir() {
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    echo "${CARGO_TARGET_DIR:-$ROOT/target}/$host"
}

# quietly NAME COMMAND...: the output goes to a log that is shown when the command fails.
quietly() {
    local log=$CACHE/log/$1.log
    shift
    mkdir -p "$CACHE/log"
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 30 "$log" >&2
        fail "\`$*\` failed" "the whole output is in ${log#"$ROOT"/}"
    }
}
