#!/usr/bin/env bash
# A private Docker Engine beside the machine's own, for tests.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/engine.sh start FOLDER | stop FOLDER

start  starts an engine that keeps everything in FOLDER, and prints its
       address for DOCKER_HOST; it has no bridge: containers use the host's network
stop   ends it and removes FOLDER

exit code: 0 done, 1 could not, 2 usage
END
}

main() {
    case ${1:-} in
    -h | --help) usage && return ;;
    esac
    [ $# -eq 2 ] || { usage >&2 && exit 2; }
    local folder=$2
    case $1 in
    start) start ;;
    stop) stop ;;
    *) usage >&2 && exit 2 ;;
    esac
}

start() {
    has dockerd || fail "there is no dockerd" "run scripts/setup.sh --packages"
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    # Without a configuration of its own it would read the system's and clash with its flags.
    echo '{}' >"$folder/daemon.json"
    as_root setsid dockerd --config-file "$folder/daemon.json" --data-root "$folder/data" \
        --exec-root "$folder/exec" --pidfile "$folder/pid" --host "unix://$folder/sock" \
        --bridge=none --iptables=false --storage-driver vfs \
        </dev/null >"$folder/dockerd.log" 2>&1 &
    for _ in $(seq 1 60); do
        if DOCKER_HOST=unix://$folder/sock engine_answers; then
            echo "unix://$folder/sock"
            return
        fi
        sleep 0.5
    done
    tail -n 20 "$folder/dockerd.log" >&2
    stop
    fail "the private engine does not answer" "is this run as root, in a place where containers may run?"
}

stop() {
    local pid
    if pid=$(cat "$folder/pid" 2>/dev/null) && grep -qa dockerd "/proc/$pid/cmdline" 2>/dev/null; then
        as_root kill "$pid"
        for _ in $(seq 1 60); do
            [ -d "/proc/$pid" ] || break
            sleep 0.5
        done
    fi
    awk -v prefix="$folder/" 'index($2, prefix) == 1 {print $2}' /proc/mounts | sort -r |
        while read -r mount; do as_root umount "$mount" || true; done
    as_root rm -rf "$folder"
}

main "$@"
