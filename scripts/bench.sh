#!/bin/sh
# Measures the ingest and the answers, beside the limits of the machine and the aims.
#
#     [WICAP_ASSIST_EVAL_DIR=DIR] scripts/bench.sh CORPUS [BINARY [DATA]]
#
# CORPUS holds `wicap/` and `codex_home/`; it is copied nowhere and not changed, but for 100 lines
# that are appended to `wicap/wicap.log` and taken away again. With DATA the questions are asked of
# that data folder (one with five million events, say) and not of what was read from CORPUS.
# DIR holds `bench/PREDECESSOR.md`: its figures for a corpus of the same size stand in the last column.
# The limits are what other programs need for the same bytes: counting lines, one search, and SQLite
# copying the rows into a table with the same indexes. Files are in the page cache; wall and CPU
# seconds and peak memory are of one run each, or of the middle one of five for a question. The load
# says what else was at work.
set -eu
corpus=$1
program=${2:-target/x86_64-unknown-linux-gnu/release/wicap-assist}
asked=${3:-}
data=$(mktemp -d)
log=$corpus/wicap/wicap.log
size=$(stat -c %s "$log")
trap 'truncate -s "$size" "$log"; rm -rf "$data"' EXIT
export CODEX_HOME="$corpus/codex_home"
known=${WICAP_ASSIST_EVAL_DIR:-}/bench/PREDECESSOR.md
scale=$(grep -o '"scale": *"[a-z]*"' "$corpus/truth.json" 2> /dev/null | grep -o '[a-z]*"$' | tr -d '"' || true)

# The predecessor's figure: the row's name, and which part of it where one row tells of several.
before() {
    [ -f "$known" ] || return 0
    awk -F'|' -v row="$1" -v part="${2:-1}" -v scale="$scale" '
        function bare(text) { gsub(/^ +| +$/, "", text); return text }
        BEGIN { column = scale == "small" ? 3 : scale == "medium" ? 4 : scale == "large" ? 5 : 0 }
        column && bare($2) == row {
            n = split(bare($column), parts, " / ")
            figure = n > 1 ? parts[part] : parts[1]
            # `85 / 92 / 112 ms`: the unit stands with the last.
            unit = parts[n]
            if (figure ~ /^[0-9.]+$/ && sub(/^[0-9.]+ /, " ", unit)) figure = figure unit
            print figure
            exit
        }' "$known"
}

# name, aim, the predecessor's figure, times, command
measure() {
    name=$1 aim=$2 predecessor=$3 times=$4 code=0
    shift 4
    : > "$data/times"
    for _ in $(seq "$times"); do
        code=0
        /usr/bin/time -o "$data/time" -f '%e %U %S %M' "$@" > "$data/out" 2> "$data/err" || code=$?
        tail -n 1 "$data/time" >> "$data/times"
    done
    sort -n "$data/times" | awk -v name="$name" -v code="$code" -v aim="$aim" -v predecessor="${predecessor:--}" \
        -v load="$(cut -d' ' -f1 /proc/loadavg)" -v middle="$(((times + 1) / 2))" 'NR == middle {
            printf "%-34s %7.2f %7.2f %7.1f %5d %6s  %-12s %s\n", name, $1, $2 + $3, $4 / 1024, code, load, aim, predecessor }'
}

each_log() { find "$corpus/wicap" -name '*.log*' -type f -print0; }
each_log | xargs -0 cat > /dev/null
words='error|exception|failed|traceback|critical|fatal|refused|timeout|denied'
printf '%s: %s MB of logs, %s cores\n' "$corpus" "$(each_log | xargs -0 cat | wc -c | awk '{ print int($1 / 1e6) }')" "$(nproc)"
printf '%-34s %7s %7s %7s %5s %6s  %-12s %s\n' '' 'wall s' 'CPU s' MB exit load aim predecessor
measure 'limit: wc -l' '' '' 1 sh -c "find '$corpus/wicap' -name '*.log*' -type f -print0 | xargs -0 cat | wc -l"
if command -v rg > /dev/null; then
    measure 'limit: rg -aic of nine words' '' '' 1 sh -c \
        "find '$corpus/wicap' -name '*.log*' -type f -print0 | xargs -0 rg --no-config -aic -j 1 '$words'"
else
    measure 'limit: grep -aciE of nine words' '' '' 1 sh -c \
        "find '$corpus/wicap' -name '*.log*' -type f -print0 | xargs -0 cat | grep -aciE '$words'"
fi
first=$(before 'first ingest, all scans')
measure 'first ingest' '>= 250 MB/s' "$first" 1 "$program" ingest --repo-root "$corpus/wicap" --data-dir "$data/all"
told=$(head -n 1 "$data/out")
measure 'first ingest, --jobs 1' '>= 120 MB/s' "$first" 1 "$program" ingest --jobs 1 --repo-root "$corpus/wicap" --data-dir "$data/one"
if command -v python3 > /dev/null; then
    measure 'limit: its rows, copied by SQLite' '' '' 1 python3 -c "
import sqlite3, sys
new = sqlite3.connect(sys.argv[2])
new.executescript('PRAGMA journal_mode = wal; PRAGMA synchronous = NORMAL;')
new.execute('ATTACH ? AS old', (sys.argv[1],))
wanted = ('events', 'event_blocks', 'network_details', 'statements', 'signature_hours')
for name, sql in new.execute(\"SELECT tbl_name, sql FROM old.sqlite_schema WHERE sql NOT NULL ORDER BY type = 'index'\").fetchall():
    if name in wanted: new.execute(sql)
for name in wanted: new.execute(f'INSERT INTO main.{name} SELECT * FROM old.{name}')
new.commit()
" "$data/all/evidence.db" "$data/raw.db"
    rm -f "$data"/raw.db*
fi
measure 'second ingest' '<= 0.1 s' "$(before 'second ingest, same tree')" 3 "$program" ingest --repo-root "$corpus/wicap" --data-dir "$data/all"
tail -n 100 "$log" >> "$log"
measure '100 lines appended, then ingest' '<= 0.1 s' "$(before '100 lines appended, then ingest')" 1 \
    "$program" ingest --repo-root "$corpus/wicap" --data-dir "$data/all"
asked=${asked:-$data/all}
question() {
    name=$1 aim=$2 predecessor=$3
    shift 3
    measure "$name" "$aim" "$predecessor" 5 "$program" "$@" --data-dir "$asked"
}
old=$(before recommend)
question recommend '<= 0.05 s' "$old" recommend
question 'recommend a service' '<= 0.05 s' "$old" recommend processor
question 'recommend a line' '<= 0.05 s' "$old" recommend 'Redis queue error: Error 111 connecting to localhost:6380. Connection refused.'
signature=$("$program" export failures --data-dir "$asked" 2> /dev/null | head -n 2 | tail -n 1 | grep -oE '[0-9a-f]{16}' | head -n 1 || true)
[ -z "$signature" ] || question 'recommend a signature' '<= 0.05 s' "$old" recommend "$signature"
question 'rollup --days 30' '<= 0.05 s' "$(before 'rollup --days 30')" rollup --days 30
question 'search, a common word' '<= 0.02 s' '' search redis
question 'search, two words' '<= 0.02 s' '' search connection refused
question daily-report '' "$(before 'cross-patterns / daily-report / playbooks' 2)" daily-report
question cross-patterns '' "$(before 'cross-patterns / daily-report / playbooks' 1)" cross-patterns
question 'confidence-audit --limit 100' '' "$(before 'confidence-audit --limit 100')" confidence-audit --limit 100
question backfill-report '' '' backfill-report
question sources '' '' sources
# The guardian reads the logs first: it is asked of what was read from them, not of DATA.
for look in first second; do
    measure "guardian --once, $look look" '<= 1 s' "$(before 'guardian --once')" 1 \
        "$program" guardian --once --repo-root "$corpus/wicap" --data-dir "$data/all"
done
printf '%s\n' "$told"
