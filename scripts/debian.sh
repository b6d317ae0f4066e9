# Programs of Debian, unpacked but not installed. Read after lib.sh.
# shellcheck shell=bash

# Where compose comes from while this host's own release has version 1.
NEXT_RELEASE=trixie

# program_files NAME PROGRAM TARGET PACKAGE...: fetches the packages of this release and makes
# .cache/NAME/files of one program with all that it loads. What is there is left as it is.
program_files() {
    local name=$1 program=$2 target=$3
    shift 3
    [ -x "$CACHE/$name/files$target" ] && return
    say "setup: fetching $name"
    rm -rf "${CACHE:?}/$name"
    mkdir -p "$CACHE/$name/debs" "$CACHE/$name/files"
    quietly "$name-download" fetch "$CACHE/$name/debs" "$@"
    for deb in "$CACHE/$name"/debs/*.deb; do
        dpkg-deb -x "$deb" "$CACHE/$name/unpacked"
    done
    collect "$CACHE/$name/unpacked" "$CACHE/$name/files" "$program" "$target"
    rm -rf "$CACHE/$name/unpacked"
}

# with_libraries PACKAGE: it and every library that it needs, as far as apt knows.
with_libraries() {
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances "$1" 2>/dev/null |
        grep -E "^($1|lib[a-z]|zlib1g)" | sort -u || true
}

# fetch FOLDER PACKAGE...: with the package lists renewed once when they are stale.
fetch() (
    cd "$1" && shift
    # shellcheck disable=SC2086 # Several words.
    apt-get -q ${APT_OPTIONS:-} download "$@" ||
        { as_root_for_lists apt-get -q ${APT_OPTIONS:-} update && apt-get -q ${APT_OPTIONS:-} download "$@"; }
)

# The host's package lists are root's; private ones are ours.
as_root_for_lists() {
    if [ -n "${APT_OPTIONS:-}" ]; then "$@"; else as_root "$@"; fi
}

# collect UNPACKED ROOT PROGRAM TARGET: the program, the loader under its own name, and every
# library that it loads.
collect() {
    local from=$1 root=$2 program=$1$3 target=$4 loader folders
    loader=$(find "$from/lib" "$from/usr/lib" -name 'ld-linux*.so.*' -type f 2>/dev/null | head -n 1 || true)
    folders=$(find "$from" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
    if [ ! -x "$program" ] || [ -z "$loader" ]; then
        fail "the packages hold no ${target##*/}" "look into .cache; remove its folder there and run this again"
    fi
    mkdir -p "$root${target%/*}" "$root/lib" "$root/data" "$root/tmp"
    cp "$program" "$root$target.new"
    "$loader" --library-path "$folders" --list "$program" | while read -r name _ path _; do
        case $name in
        linux-vdso*) ;;
        /*) mkdir -p "$root${name%/*}" && cp -L "$loader" "$root$name" ;;
        *) cp -L "$path" "$root/lib/$name" ;;
        esac
    done
    mv "$root$target.new" "$root$target"
}

# redis-tools holds the server's program; of what it depends on only the libraries matter.
redis_files() {
    # shellcheck disable=SC2046
    program_files redis /usr/bin/redis-check-rdb /usr/local/bin/redis-server $(with_libraries redis-tools)
}

haproxy_files() {
    # shellcheck disable=SC2046
    program_files haproxy /usr/sbin/haproxy /usr/local/sbin/haproxy $(with_libraries haproxy)
}

# Compose of the second generation, from the release after this one where this one has none yet.
compose_files() {
    local apt=$CACHE/apt uri
    if ! apt-cache policy docker-compose 2>/dev/null | grep -q 'Candidate: [2-9]'; then
        uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
        [ -n "$uri" ] || fail "apt knows no Debian mirror" "run \`apt-get update\`, then this again"
        mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $NEXT_RELEASE main" >"$apt/sources.list"
        local APT_OPTIONS="-o Dir::Etc::SourceList=$apt/sources.list -o Dir::Etc::SourceParts=/dev/null
            -o Dir::State::Lists=$apt/lists -o Dir::Cache=$apt/cache -o APT::Sandbox::User="
    fi
    program_files compose /usr/libexec/docker/cli-plugins/docker-compose /usr/local/bin/docker-compose docker-compose libc6
}
