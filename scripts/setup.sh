#!/usr/bin/env bash
# Makes a Debian machine ready to build, try and test wicap-assist.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. scripts/debian.sh

usage() {
    cat <<'END'
usage: scripts/setup.sh [--packages | --checks]

Makes this Debian machine ready to build, try and test wicap-assist. What is
there already is left as it is, so that running it again costs seconds.

  (nothing)    packages, a running engine, the programs of the
               images, and the images of the stand-in stack
  --packages   the packages only
  --checks     all of it, and the tools of scripts/check.sh

exit code: 0 ready, 1 something is missing and the next step was said, 2 usage
END
}

CARGO_DENY=0.20.2
RUST_MIN=1.95

main() {
    local what=${1:-}
    case $what in
    -h | --help) usage && return ;;
    '' | --packages | --checks) ;;
    *) usage >&2 && exit 2 ;;
    esac
    packages
    [ "$what" = --packages ] && return
    toolchain
    engine
    program_lists
    redis_files
    haproxy_files
    compose_files
    images
    [ "$what" != --checks ] || checks
    say "setup: ready"
}

packages() {
    local missing=()
    has cc || missing+=(gcc libc6-dev)
    has strip || missing+=(binutils)
    has docker || missing+=(docker.io)
    # The client alone may be here; without an engine that answers its daemon is needed too.
    engine_answers || has dockerd || [[ " ${missing[*]} " == *" docker.io "* ]] || missing+=(docker.io)
    compose_command >/dev/null 2>&1 || missing+=(docker-compose)
    [ ${#missing[@]} -gt 0 ] || return 0
    has apt-get || fail "this machine lacks: ${missing[*]}" "install them; this script can do so on Debian only"
    say "setup: installing ${missing[*]}"
    quietly apt-update as_root apt-get -q update
    quietly apt-install as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qy install --no-install-recommends "${missing[@]}"
    # Newer Debian releases have the client in a package of its own.
    has docker || quietly apt-client as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qy install --no-install-recommends docker-cli
}

toolchain() {
    has cargo || fail "there is no Rust toolchain" "install Rust $RUST_MIN or later with rustup, then run this again"
    local version
    version=$(rustc --version | awk '{print $2}')
    [ "$(printf '%s\n' "$RUST_MIN" "$version" | sort -V | head -n 1)" = "$RUST_MIN" ] ||
        fail "Rust $version is too old" "run \`rustup update stable\`: $RUST_MIN or later is needed"
}

engine() {
    engine_answers && return
    say "setup: starting the engine"
    if [ -d /run/systemd/system ]; then
        as_root systemctl start docker >/dev/null 2>&1 || true
    elif has service; then
        as_root service docker start >/dev/null 2>&1 || true
    fi
    for _ in $(seq 1 30); do
        engine_answers && return
        sleep 0.5
    done
    fail "no Docker Engine answers" \
        "start it, set DOCKER_HOST, or join the group \`docker\`; \`eval \$(scripts/engine.sh start)\` starts a private one"
}

# A machine that was never told what packages there are knows of none.
program_lists() {
    [ -n "$(with_libraries redis-tools)" ] || quietly apt-update as_root apt-get -q update
}

images() {
    say "setup: building the stand-in"
    quietly build-standin cargo build --locked --example standin
    local program=$CACHE/images/standin/standin redis=$CACHE/images/redis
    mkdir -p "$CACHE/images/standin" "$redis"
    strip -o "$program" "$(target_dir)/debug/examples/standin"
    image "$STANDIN_IMAGE" standin "$CACHE/images/standin"
    cp "$program" "$redis/standin"
    rm -rf "$redis/root" && cp -a "$CACHE/redis/files" "$redis/root"
    image "$STANDIN_REDIS_IMAGE" redis "$redis"
}

# image TAG NAME CONTEXT: built when its content is another than the image's.
image() {
    local file=tests/standin/$2.Dockerfile digest has
    digest=$({ cat "$file" && cd "$3" && find . -type f -print0 | sort -z | xargs -0 sha256sum; } |
        sha256sum | cut -c 1-16)
    has=$(docker image inspect --format '{{index .Config.Labels "wicap-assist.content"}}' "$1" 2>/dev/null || true)
    [ "$has" = "$digest" ] && return
    say "setup: building the image $1"
    quietly "image-$2" docker build --label "wicap-assist.content=$digest" -f "$file" -t "$1" "$3"
}

checks() {
    if ! rustfmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        fail "rustfmt or clippy is missing" "run \`rustup component add rustfmt clippy\`"
    fi
    PATH=$CACHE/tools/bin:$PATH
    has cargo-deny && return
    say "setup: building cargo-deny $CARGO_DENY (minutes, once)"
    # Unoptimized: it is built once for a run of a second.
    quietly cargo-deny cargo install --debug --locked --root "$CACHE/tools" --version "$CARGO_DENY" cargo-deny
}

main "$@"
