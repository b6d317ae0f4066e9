#!/usr/bin/env bash
# Builds the images of wicap-assist, without a registry.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. scripts/debian.sh

usage() {
    cat <<'END'
usage: scripts/image.sh [--program FILE] [--tag TAG]

Builds wicap-assist-observe, wicap-assist-control and wicap-assist-proxy from
the release program, and from compose and haproxy as Debian ships them.

  --program FILE  this program instead; it must be a static one
  --tag TAG       the tag of the images (latest)

exit code: 0 done, 1 could not, 2 usage
END
}

main() {
    local program='' tag=latest
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help) usage && return ;;
        --program) [ $# -ge 2 ] || misuse && program=$(given "$2") && shift ;;
        --tag) [ $# -ge 2 ] || misuse && tag=$2 && shift ;;
        *) misuse ;;
        esac
        shift
    done
    engine_answers || fail "no Docker Engine answers" "run scripts/setup.sh"
    if [ -z "$program" ]; then
        say "image: building the program"
        quietly build-release cargo build --locked --release
        program=$(target_dir)/release/wicap-assist
    fi
    [ -f "$program" ] || fail "there is no program \`$program\`"
    haproxy_files
    compose_files
    local context
    context=$(mktemp -d -t wicap-assist-image-XXXXXX)
    # shellcheck disable=SC2064 # The folder of now.
    trap "rm -rf '$context'" EXIT
    fill "$context" "$program"
    for target in observe control proxy; do
        quietly "image-$target" docker build --target "$target" -t "wicap-assist-$target:$tag" -f Dockerfile "$context"
        say "image: wicap-assist-$target:$tag"
    done
}

misuse() {
    usage >&2
    exit 2
}

# fill CONTEXT PROGRAM
fill() {
    mkdir -p "$1/etc" "$1/state/var/lib/wicap-assist" "$1/state/tmp" "$1/proxy/run/wicap-assist"
    chmod 700 "$1/state/var/lib/wicap-assist"
    # What is mounted there gets its mode.
    chmod 1777 "$1/state/tmp"
    # The socket's folder: the group of whoever may use it is given by compose.
    chmod 755 "$1/proxy/run/wicap-assist"
    echo 'wicap-assist:x:65532:65532::/var/lib/wicap-assist:/sbin/nologin' >"$1/etc/passwd"
    echo 'wicap-assist:x:65532:' >"$1/etc/group"
    strip -o "$1/wicap-assist" "$2"
    cp -a "$CACHE/compose/files" "$1/compose"
    cp -a "$CACHE/haproxy/files" "$1/haproxy"
    # What the loader's folder brings is not the image's.
    rm -rf "$1"/{compose,haproxy}/{data,tmp}
    cp scripts/haproxy.cfg "$1/haproxy.cfg"
}

main "$@"
