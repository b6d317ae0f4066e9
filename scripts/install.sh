#!/usr/bin/env bash
# Puts wicap-assist into its place on this host, or takes it away again.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'END'
usage: scripts/install.sh [--program FILE] [--root FOLDER] [--start]
       scripts/install.sh --uninstall [--purge] [--root FOLDER]

Installs the release program as /usr/local/bin/wicap-assist, makes the user
wicap-assist, its data folder /var/lib/wicap-assist (0700), and a service that
observes. An installed program is kept as wicap-assist.before. What is there
already is left as it is, so that running it again is an upgrade.

  --program FILE  this program instead of a release build
  --start         enable the service and start it (or restart it)
  --uninstall     stop the service, remove program, service and user; the data
                  and /etc/default/wicap-assist stay
  --purge         with --uninstall: remove the data as well
  --root FOLDER   as if FOLDER were /: for packages and tests; makes no user and
                  starts nothing

exit code: 0 done, 1 could not and what to do next was said, 2 usage
END
}

NAME=wicap-assist
UNIT=scripts/systemd/$NAME.service
ROOT_FOLDER='' PROGRAM='' START='' UNINSTALL='' PURGE=''

main() {
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help) usage && return ;;
        --program) [ $# -ge 2 ] || misuse && PROGRAM=$(given "$2") && shift ;;
        --root) [ $# -ge 2 ] || misuse && ROOT_FOLDER=$(given "${2%/}") && shift ;;
        --start) START=yes ;;
        --uninstall) UNINSTALL=yes ;;
        --purge) PURGE=yes ;;
        *) misuse ;;
        esac
        shift
    done
    [ -z "$PURGE" ] || [ -n "$UNINSTALL" ] || misuse
    [ -n "$ROOT_FOLDER" ] || [ "$(id -u)" = 0 ] ||
        fail "this needs root" "run \`sudo scripts/install.sh\`, or name another place with \`--root FOLDER\`"
    if [ -n "$UNINSTALL" ]; then uninstall; else install_all; fi
}

misuse() {
    usage >&2
    exit 2
}

install_all() {
    if [ -z "$PROGRAM" ]; then
        say "install: building the program"
        quietly build-release cargo build --locked --release
        PROGRAM=$(target_dir)/release/$NAME
    fi
    [ -f "$PROGRAM" ] || fail "there is no program \`$PROGRAM\`"
    local version
    version=$("$PROGRAM" --version) || fail "\`$PROGRAM\` does not run on this host"
    make_user
    local bin=$ROOT_FOLDER/usr/local/bin data=$ROOT_FOLDER/var/lib/$NAME
    install -d -m 755 "$bin" "$ROOT_FOLDER/etc/systemd/system" "$ROOT_FOLDER/etc/default"
    [ ! -f "$bin/$NAME" ] || cp -p "$bin/$NAME" "$bin/$NAME.before"
    # Under another name first: a program that runs cannot be written to.
    install -m 755 "$PROGRAM" "$bin/$NAME.new"
    mv "$bin/$NAME.new" "$bin/$NAME"
    install -m 644 "$UNIT" "$ROOT_FOLDER/etc/systemd/system/$NAME.service"
    [ -d "$data" ] || install -d -m 700 "$data"
    # After an uninstallation the data may be that of a number without a name.
    [ -n "$ROOT_FOLDER" ] || chown -R "$NAME:$NAME" "$data"
    [ -f "$ROOT_FOLDER/etc/default/$NAME" ] || defaults >"$ROOT_FOLDER/etc/default/$NAME"
    say "install: $version is in $bin"
    systemd_is_here || {
        [ -z "$START" ] || fail "systemd does not run here, so nothing was started" "run \`$NAME live\` by your own means"
        return 0
    }
    systemctl daemon-reload
    if [ -n "$START" ]; then
        systemctl enable --quiet $NAME
        systemctl restart $NAME || fail "the service does not start" "look at \`journalctl -u $NAME\`"
        say "install: the service runs; \`systemctl status $NAME\`"
    else
        say "install: start it with \`systemctl enable --now $NAME\`"
    fi
}

defaults() {
    cat <<'END'
# Read by wicap-assist.service. Without a mode nothing is changed. A mode is the operator's grant:
#WICAP_ASSIST_LIVE=--control-mode assist
#WICAP_ASSIST_PROJECT=wicap
END
}

make_user() {
    [ -z "$ROOT_FOLDER" ] || return 0
    getent group $NAME >/dev/null || groupadd --system $NAME
    getent passwd $NAME >/dev/null ||
        useradd --system --gid $NAME --home-dir /var/lib/$NAME --no-create-home --shell /usr/sbin/nologin $NAME
    getent group docker >/dev/null ||
        say "install: there is no group \`docker\`; set SupplementaryGroups= of the service to the socket's group"
}

uninstall() {
    if systemd_is_here; then
        systemctl disable --now --quiet $NAME 2>/dev/null || true
    fi
    rm -f "$ROOT_FOLDER/usr/local/bin/$NAME" "$ROOT_FOLDER/usr/local/bin/$NAME.before" \
        "$ROOT_FOLDER/etc/systemd/system/$NAME.service"
    ! systemd_is_here || systemctl daemon-reload
    if [ -n "$PURGE" ]; then
        rm -rf "$ROOT_FOLDER/var/lib/$NAME" "$ROOT_FOLDER/etc/default/$NAME"
    fi
    if [ -z "$ROOT_FOLDER" ] && getent passwd $NAME >/dev/null; then
        userdel $NAME
    fi
    say "install: $NAME is gone${PURGE:+, and its data}"
    [ -n "$PURGE" ] || say "install: its data is still in $ROOT_FOLDER/var/lib/$NAME"
}

systemd_is_here() { [ -z "$ROOT_FOLDER" ] && [ -d /run/systemd/system ]; }

main "$@"
