//! A second set of questions, written from the description of the stack alone: before it was
//! scored, neither the rules nor the other sets of questions were read.
//!
//! Untouched, 43 of 66 answers and 22 of 24 silences were right: 24 of 24 answers to lines of the
//! services and 7 of 8 silences, 9 of 28 answers in plain words and 8 of 9 silences, 10 of 14
//! answers from past work and 7 of 7 silences. The misses in plain words were synonyms (`dead`,
//! `dashboard`, `card`), filling words that counted as unknown ones, and a known issue whose rule was
//! surer although it fits less; in past work, a fix that its own session took back.

use wicap_assist::store::evidence::Evidence;

use super::answers::{
    Right::{self, Fix, Issue, Silence},
    ask_at, place_of, score,
};

pub(super) const LOGS: &[(&str, &str)] = &[
    (
        "processor.log",
        "[PROCESSOR] 2026-06-02 02:10:00,104 [ERROR] wicap.processing.oui: OUI registry shard 3 of 16 is corrupt at offset 88120
[PROCESSOR] 2026-06-02 02:11:40,310 [ERROR] wicap.processor: Geofence polygon north-yard has 2 vertices, at least 3 needed
[PROCESSOR] 2026-06-02 02:13:07,001 [ERROR] nexus.intel.drift: Drift window of 300 s has no median (samples=0)
[WATCHER]  2026-06-02 02:15:31 [ERROR] nexus.dwell_index: Index of dwell_20260602_021500_ch6.pcapng is behind by 44 packets
",
    ),
    (
        "ui.log",
        "2026-06-02 02:20:00,001 ERROR [wicap.ui] Websocket frame of 81244 bytes exceeds 65536, client closed with 1009
2026-06-02 02:21:00,001 ERROR [wicap.ui] Heatmap cell cache overflowed at 4096 entries
2026-06-02 02:22:00,001 ERROR [wicap.ui] Timeline export stopped at row 10000 of 48211
2026-06-02 02:23:00,001 ERROR [wicap.ui] Chart axis shows hours of the wrong time zone
2026-06-02 02:24:00,001 ERROR [wicap.ui] Battery of node attic at 3 percent
",
    ),
    (
        "scout.log",
        "[SCOUT]    2026-06-02 02:30:00,250 [ERROR] wicap.scout: Regulatory domain 00 forbids channel 13
[SCOUT]    2026-06-02 02:31:00,250 [ERROR] wicap.scout: Frame timestamp went backwards by 812 us on radio 1
[SCOUT]    2026-06-02 02:32:00,250 [ERROR] wicap.scout: Antenna gain table for wlx00c0ca55aa01 has no rows for 5 GHz
[SCOUT]    2026-06-02 02:33:00,250 [ERROR] wicap.scout: GPS fix lost for 40 s, position interpolation stopped
",
    ),
    (
        "host.log",
        "2026-06-02T02:40:00Z ERROR wicap-digest.service: start operation timed out. Terminating.
2026-06-02T02:41:00Z ERROR Backup of captures to nas01 aborted: rsync error code 23
",
    ),
];

pub(super) const SESSIONS: &[(&str, &str)] = &[
    (
        "oui",
        "OUI registry shard 3 of 16 is corrupt at offset 88120\\nThe nightly copy had cut the shards.\\nFixed the OUI registry: a shard is checked against its length before it is opened, in src/wicap/processing/oui.py\\n12 passed, 0 failed",
    ),
    (
        "domain",
        "Regulatory domain 00 forbids channel 13\\nchannel 13 works now: wicap sets the regulatory domain with iw reg set before it hops",
    ),
    (
        "websocket",
        "Websocket frame of 81244 bytes exceeds 65536, client closed with 1009\\nResolved by 4be91c2: the wicap dashboard sends oversized websocket frames in pieces",
    ),
    (
        "heatmap",
        "Heatmap cell cache overflowed at 4096 entries\\nFixed the heatmap cell cache: old cells are evicted by age in wicap-ui/app/heatmap.py\\n5 passed in 0.41s",
    ),
    (
        "legend",
        "the heatmap legend is hard to read\\nFixed the colours of the heatmap legend in wicap-ui/static/heatmap.css",
    ),
    (
        "backwards",
        "Frame timestamp went backwards by 812 us on radio 1\\nFixed by rounding frame timestamps in src/wicap/scout/radio.py\\nstill broken: wicap frame timestamps go backwards after an hour",
    ),
    (
        "backwards-again",
        "Frame timestamp went backwards by 77 us on radio 0\\nFixed backwards frame timestamps: each radio keeps its own monotonic clock in src/wicap/scout/radio.py\\n31 passed, 0 failed",
    ),
    (
        "geofence",
        "Geofence polygon north-yard has 2 vertices, at least 3 needed\\nTried to close the polygon where it is read.\\ndid not work: wicap geofence polygon is still rejected",
    ),
    (
        "drift",
        "Drift window of 300 s has no median (samples=0)\\nFixed the drift window: empty windows are skipped in src/nexus/intel/drift.py\\n9 passed, 0 failed",
    ),
    (
        "digest",
        "wicap-digest.service: start operation timed out. Terminating.\\nResolved: TimeoutStartSec=900 in ops/systemd/wicap-digest.service\\nsystemctl status wicap-digest",
    ),
    (
        "nodes",
        "Battery of node attic at 3 percent\\nFixed sorting of the node list in wicap-ui/app/nodes.py",
    ),
    (
        "axis",
        "Chart axis shows hours of the wrong time zone\\nFixed the chart axis: labels follow the zone of the browser, in wicap-ui/app/axis.py",
    ),
    (
        "backup",
        "Backup of captures to nas01 aborted: rsync error code 23\\nstill failing: wicap backup to nas01\\nFixed the wicap backup: rsync runs with --no-specials in scripts/backup_captures.py\\n2 passed",
    ),
];

/// A session of another project, about a failure that reads like one of the stack.
const ELSEWHERE: &str = r#"{"type":"session_meta","timestamp":"2026-06-03T22:00:00Z","payload":{"id":"ledgerly","cwd":"/home/op/ledgerly","git":{"repository_url":"https://git.example/acme/ledgerly.git","branch":"main"}}}
{"type":"response_item","timestamp":"2026-06-03T22:00:00Z","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Timeline export stopped at row 10000 of 12800\nFixed the ledgerly timeline export in ledgerly/export.py, not the one of wicap\n4 passed"}]}}
"#;

/// Lines as the services leave them.
const LINES: &[(&str, Right)] = &[
    (
        r#"wicap-processor  | [PROCESSOR] 2026-07-03 22:14:09,377 [WARNING] wicap.processor: UI push failed: 403 {"detail":"Client not allowed"}"#,
        Issue("ui_internal_allowlist_block"),
    ),
    (
        r#"wicap-ui  | INFO:     10.20.0.7:39112 - "POST /api/internal/emit HTTP/1.1" 403 Forbidden"#,
        Issue("ui_internal_allowlist_block"),
    ),
    (
        r#"[PROCESSOR] 2026-07-03 22:20:41,002 [WARNING] wicap.processor: UI push failed: 401 {"detail":"Unauthorized"}"#,
        Issue("ui_internal_secret_mismatch"),
    ),
    (
        "❌ WICAP_INTERNAL_SECRET_REQUIRED is set but WICAP_INTERNAL_SECRET is missing.",
        Issue("ui_internal_secret_missing"),
    ),
    (
        "wicap-ui  | ValueError: WICAP_SQL_PASSWORD must be at least 12 characters long (current length: 5). This is a security requirement.",
        Issue("ui_sql_password_invalid"),
    ),
    (
        "[PROCESSOR] RuntimeError: PersistenceManager init failed and legacy SQL batch is disabled. Set WICAP_LEGACY_SQL_BATCH=true to allow fallback.",
        Issue("processor_persistence_init_failed"),
    ),
    (
        "wicap-ui  | Discarding DB connection after transient SQL error: 08S01",
        Issue("sql_connection_lost"),
    ),
    (
        "[PROCESSOR] 2026-07-04 03:10:09,911 [ERROR] wicap.processing.persistence: Cannot flush: database connection failed",
        Issue("sql_connection_lost"),
    ),
    (
        "[SCOUT]    2026-07-04 03:12:55,640 [ERROR] event_queue: Redis write failed: Error 111 connecting to 127.0.0.1:6380. Connection refused.. Falling back to file.",
        Issue("redis_down"),
    ),
    (
        "2026-07-04 03:13:02,077 [WARNING] nexus.intel.intel_worker: Scoring failed (continuing): LOADING Redis is loading the dataset in memory",
        Issue("redis_loading"),
    ),
    (
        "[SCOUT]    2026-07-04 04:00:00,100 [WARNING] event_queue: Backpressure active: dropped 9031 events (backlog=262999100 bytes, action=drop)",
        Issue("queue_backpressure"),
    ),
    (
        "[WATCHER]  2026-07-04 04:02:00 [INFO] nexus.dwell_watcher: 🔎 Found 4182 unprocessed files. Processing batch of 50 (Newest First)...",
        Issue("watcher_backlog"),
    ),
    (
        "wicap-scout  | [SCOUT]    2026-07-04 05:11:19,003 [ERROR] wicap.scout: Scout already running (PID 14). Use 'stop' first.",
        Issue("scout_stale_pid"),
    ),
    (
        "05:20:17 | ERROR   | No wireless interfaces detected via iw or /sys/class/net.",
        Issue("wifi_interface_missing"),
    ),
    (
        "05:24:48 | ERROR   | Resolved Wi-Fi interface 'wlp3s0' matches default-route management interface 'wlp3s0'. Refusing to proceed to avoid disconnecting host network.",
        Issue("wifi_management_interface_conflict"),
    ),
    (
        "05:31:02 | ERROR   | wlx00c0ca55aa01 is in managed mode; channel switching may fail.",
        Issue("wifi_monitor_mode_failed"),
    ),
    (
        "[SCOUT]    2026-07-04 05:40:09,512 [ERROR] wicap.scout: tcpdump failed to start: tcpdump: wlx00c0ca55aa01: You don't have permission to perform this capture on that device",
        Issue("capture_not_permitted"),
    ),
    (
        "wicap-scout  | [SCOUT]    2026-07-04 05:52:30,018 [ERROR] wicap.scout: Scout capture error: [Errno 19] No such device",
        Issue("capture_interface_lost"),
    ),
    (
        "[PROCESSOR] 2026-07-04 06:01:44,701 [ERROR] wicap.processor: Failed to save state: [Errno 13] Permission denied: 'captures/processor.state.tmp'",
        Issue("captures_directory_permission_denied"),
    ),
    (
        "[PROCESSOR] 2026-07-04 06:07:00,300 [ERROR] wicap.processor: Redis queue error: MISCONF Errors writing to the AOF file: No space left on device",
        Issue("disk_full"),
    ),
    (
        "1:M 04 Jul 2026 06:30:00.010 # Bad file format reading the append only file appendonly.aof.7.incr.aof: make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>",
        Issue("redis_aof_corrupt"),
    ),
    (
        "wicap-redis  | 1:M 04 Jul 2026 06:41:12.200 # Failed listening on port 6380 (TCP), aborting.",
        Issue("port_in_use"),
    ),
    (
        r#"[SCOUT]    2026-07-04 07:02:00,021 [WARNING] src.wicap.core.capture.bluetooth_backend: BT capture process died (code 1). output: tshark: There is no device named "/dev/ttyUSB2-None"."#,
        Issue("ble_device_missing"),
    ),
    (
        "[PROCESSOR] 2026-07-04 07:10:40,220 [WARNING] wicap.processing.persistence: Bulk BT staging insert failed (('22018', 'Conversion failed')); retrying row-by-row for 31 rows",
        Issue("sql_row_rejected"),
    ),
    // What a healthy stack says, what attackers can make it say, and what others say.
    (
        "[PROCESSOR] 2026-07-04 08:00:06,332 [INFO] wicap.processor: UI is now ready, enabling real-time push",
        Silence,
    ),
    (
        "[PROCESSOR] 2026-07-04 08:00:06,618 [INFO] wicap.processing.persistence: SQL connection established",
        Silence,
    ),
    (
        r#"wicap-ui  | INFO:     127.0.0.1:40230 - "POST /api/internal/emit HTTP/1.1" 200 OK"#,
        Silence,
    ),
    (
        "1:M 04 Jul 2026 08:00:00.004 * Ready to accept connections",
        Silence,
    ),
    (
        r#"2026-07-04 08:12:09 [INFO] wicap.events: {"ts": "2026-07-04T14:12:09.101000Z", "epoch": 1783174329.1, "type": "new_ssid", "ssid": "Redis write failed: refused", "bssid": "02:11:22:33:44:66", "channel": 1, "rssi": -70}"#,
        Silence,
    ),
    (
        "fatal: unable to access 'https://git.example/acme/site.git/': The requested URL returned error: 403",
        Silence,
    ),
    (
        "ssh: connect to host build7 port 22: Connection refused",
        Silence,
    ),
    (
        r#"postgres[812]: FATAL:  too many connections for role "grafana""#,
        Silence,
    ),
];

/// What somebody types at three in the morning.
const WORDS: &[(&str, Right)] = &[
    (
        "ui refuses the processor, its address is not on the allow list",
        Issue("ui_internal_allowlist_block"),
    ),
    (
        "dashboard and processor have diferent secrets",
        Issue("ui_internal_secret_mismatch"),
    ),
    (
        "internal secret was never set",
        Issue("ui_internal_secret_missing"),
    ),
    ("sql password too short", Issue("ui_sql_password_invalid")),
    ("database unreachable", Issue("sql_connection_lost")),
    ("cannot log in to sql server", Issue("sql_connection_lost")),
    ("redis is dead", Issue("redis_down")),
    ("redis is still loading its data", Issue("redis_loading")),
    (
        "queue too long, scout drops events",
        Issue("queue_backpressure"),
    ),
    (
        "scout says it already runs but it does not",
        Issue("scout_stale_pid"),
    ),
    ("no wifi adapter found", Issue("wifi_interface_missing")),
    (
        "scout will not use the card that ssh comes in on",
        Issue("wifi_management_interface_conflict"),
    ),
    (
        "card can't be switched to monitor mode",
        Issue("wifi_monitor_mode_failed"),
    ),
    ("ran out of disk space", Issue("disk_full")),
    (
        "another program already listens on 8080",
        Issue("port_in_use"),
    ),
    (
        "old container has the same name, compose won't create the new one",
        Issue("container_name_conflict"),
    ),
    (
        "map page times out in playwright",
        Issue("ui_heavy_page_timeout"),
    ),
    (
        "not allowed to open /dev/ttyACM0 for ble",
        Issue("ble_device_permission"),
    ),
    (
        "admin page answers 401 in the e2e tests",
        Issue("admin_pages_need_secret"),
    ),
    (
        "otel collector is down, telemetry is not exported",
        Issue("otlp_export_fail_open"),
    ),
    ("docker engine not running", Issue("docker_daemon_away")),
    (
        "soak says governor had no activity",
        Issue("governor_quiet"),
    ),
    ("processor got OOM killed", Issue("out_of_memory")),
    (
        "watcher is thousands of pcaps behind",
        Issue("watcher_backlog"),
    ),
    (
        "lost the remote sensor hub",
        Issue("remote_hub_disconnected"),
    ),
    (
        "docker compose restart wicap-ui: no such service",
        Issue("control_name_mismatch"),
    ),
    (
        "captures folder belongs to root, nothing can be written",
        Issue("captures_directory_permission_denied"),
    ),
    (
        "intel worker keeps restarting, says it is disabled",
        Issue("intel_worker_disabled"),
    ),
    ("the office wifi is slow since monday", Silence),
    ("how do I change the password of my laptop", Silence),
    ("bluetooth headset has no sound", Silence),
    ("where is the redis documentation", Silence),
    ("how many events per second are normal", Silence),
    ("what does the processor do", Silence),
    ("shopping list for the memory foam mattress", Silence),
    (
        "pip cannot write to /usr/lib/python3, permission denied",
        Silence,
    ),
    ("calendar says the meeting room is already in use", Silence),
];

/// Failures of this corpus.
const PAST: &[(&str, Right)] = &[
    (
        "[PROCESSOR] 2026-06-09 01:44:10,118 [ERROR] wicap.processing.oui: OUI registry shard 11 of 16 is corrupt at offset 412",
        Fix("OUI registry"),
    ),
    ("corrupted oui shard", Fix("OUI registry")),
    (
        "Regulatory domain 00 forbids channel 12",
        Fix("regulatory domain"),
    ),
    (
        "channel 13 forbidden by regulatory domain",
        Fix("regulatory domain"),
    ),
    (
        "Websocket frame of 70001 bytes exceeds 65536, client closed with 1009",
        Fix("websocket frames"),
    ),
    ("websocket frames are too big", Fix("websocket frames")),
    (
        "wicap-ui  | 2026-06-09 11:00:00,001 ERROR [wicap.ui] Heatmap cell cache overflowed at 8192 entries",
        Fix("evicted by age"),
    ),
    ("heatmap cache keeps overflowing", Fix("evicted by age")),
    (
        "2026-06-11T03:02:01Z ERROR Frame timestamp went backwards by 4 us on radio 2",
        Fix("monotonic clock"),
    ),
    (
        "timestamps of frames jump backwards",
        Fix("monotonic clock"),
    ),
    ("no median in drift window", Fix("empty windows")),
    (
        "wicap-digest.service: start operation timed out. Terminating.",
        Fix("TimeoutStartSec"),
    ),
    ("wrong timezone on the chart axis", Fix("chart axis")),
    (
        "Backup of captures to nas02 aborted: rsync error code 23",
        Fix("no-specials"),
    ),
    (
        "Geofence polygon south-gate has 1 vertices, at least 3 needed",
        Silence,
    ),
    ("Timeline export stopped at row 10000 of 51377", Silence),
    ("Battery of node shed at 2 percent", Silence),
    (
        "GPS fix lost for 38 s, position interpolation stopped",
        Silence,
    ),
    (
        "Antenna gain table for wlx00c0ca77bb02 has no rows for 5 GHz",
        Silence,
    ),
    ("heatmap is empty for sensor attic", Silence),
    (
        "Websocket handshake rejected: origin http://lab:3000 not allowed",
        Silence,
    ),
];

#[test]
fn questions_of_a_second_held_out_set_are_answered_as_well() {
    let place = place_of("logs_soak_20260602_020000", LOGS, "2026-06-03", SESSIONS);
    place.write(
        "codex/sessions/2026/06/03/rollout-ledgerly.jsonl",
        ELSEWHERE,
    );
    place.ingest();
    let evidence = Evidence::open_to_read(&place.data()).unwrap();
    let ask = |question: &str| ask_at(&evidence, question, "2026-07-05T00:00:00Z");
    let (mut answers, mut n_answers, mut silences, mut n_silences) = (0, 0, 0, 0);
    let mut tables = String::new();
    for questions in [LINES, WORDS, PAST] {
        let (table, [answered, silent]) = score(questions, ask);
        tables.push_str(&table);
        answers += answered.0;
        n_answers += answered.1;
        silences += silent.0;
        n_silences += silent.1;
    }
    eprintln!("{tables}answers {answers}/{n_answers}, silences {silences}/{n_silences}");
    assert!(n_answers >= 60 && n_silences >= 20);
    assert!(
        answers * 10 >= n_answers * 9 && silences * 10 >= n_silences * 9,
        "{tables}"
    );
}
