#!/bin/sh
# Measures the ingest and the reports on a generated corpus, beside the limits of the machine.
#
#     scripts/bench.sh CORPUS [BINARY]
#
# CORPUS holds `wicap/` and `codex_home/`; it is copied nowhere and not changed, but for 100 lines
# that are appended to `wicap/wicap.log` and taken away again. Wall and CPU seconds and peak memory
# are of one run each, with the files in the page cache; the load says what else was at work.
set -eu
corpus=$1
program=${2:-target/x86_64-unknown-linux-gnu/release/wicap-assist}
data=$(mktemp -d)
log=$corpus/wicap/wicap.log
size=$(stat -c %s "$log")
trap 'truncate -s "$size" "$log"; rm -rf "$data"' EXIT
export CODEX_HOME="$corpus/codex_home"

measure() {
    name=$1
    shift
    code=0
    /usr/bin/time -o "$data/time" -f '%e %U %S %M' "$@" > "$data/out" 2> "$data/err" || code=$?
    tail -n 1 "$data/time" | awk -v name="$name" -v code="$code" -v load="$(cut -d' ' -f1 /proc/loadavg)" \
        '{ printf "%-34s %8.2f s wall %8.2f s CPU %7.1f MB  exit %d  load %s\n", name, $1, $2 + $3, $4 / 1024, code, load }'
}

find "$corpus/wicap" -name '*.log*' -type f -print0 | xargs -0 cat > /dev/null
words='error|exception|failed|traceback|critical|fatal|refused|timeout|denied'
measure 'limit: wc -l' sh -c "find '$corpus/wicap' -name '*.log*' -type f -print0 | xargs -0 cat | wc -l"
measure 'limit: grep -aciE of nine words' sh -c \
    "find '$corpus/wicap' -name '*.log*' -type f -print0 | xargs -0 cat | grep -aciE '$words'"
measure 'first ingest' "$program" ingest --repo-root "$corpus/wicap" --data-dir "$data/all"
head -n 1 "$data/out"
measure 'first ingest, --jobs 1' "$program" ingest --jobs 1 --repo-root "$corpus/wicap" --data-dir "$data/one"
head -n 1 "$data/out"
measure 'second ingest' "$program" ingest --repo-root "$corpus/wicap" --data-dir "$data/all"
tail -n 100 "$log" >> "$log"
measure '100 lines appended, then ingest' "$program" ingest --repo-root "$corpus/wicap" --data-dir "$data/all"
for command in 'rollup --days 30' daily-report cross-patterns backfill-report 'search redis' 'search connection refused' sources; do
    # shellcheck disable=SC2086
    measure "$command" "$program" $command --data-dir "$data/all"
done
measure 'guardian --once' "$program" guardian --once --repo-root "$corpus/wicap" --data-dir "$data/all"
