//! A set of plain words that nothing was mended for: asked once, when the other sets were at nine of
//! ten and more. 13 of 25 answers and 12 of 12 silences were right. It is the honest figure for the
//! words of somebody whom the table has never met; whoever mends for it writes a new one.

use wicap_assist::store::evidence::Evidence;

use super::{
    answers::{
        Right::{self, Issue, Silence},
        ask_at, place_of, score,
    },
    held_out_second::{LOGS, SESSIONS},
};

const QUESTIONS: &[(&str, Right)] = &[
    (
        "processor gets forbidden from ui because of its source address",
        Issue("ui_internal_allowlist_block"),
    ),
    (
        "secret in .env is not what the ui uses, 401",
        Issue("ui_internal_secret_mismatch"),
    ),
    (
        "ui complains about password length",
        Issue("ui_sql_password_invalid"),
    ),
    (
        "persistence manager does not start",
        Issue("processor_persistence_init_failed"),
    ),
    (
        "mssql does not answer any more",
        Issue("sql_connection_lost"),
    ),
    ("lost redis", Issue("redis_down")),
    (
        "redis takes a while to load the dataset",
        Issue("redis_loading"),
    ),
    (
        "llen keeps growing and events get dropped",
        Issue("queue_backpressure"),
    ),
    (
        "scout refuses to start because of an old pidfile",
        Issue("scout_stale_pid"),
    ),
    ("scout sees no wlan card", Issue("wifi_interface_missing")),
    (
        "networkmanager keeps the card out of monitor mode",
        Issue("wifi_monitor_mode_failed"),
    ),
    (
        "operation not permitted when capturing",
        Issue("capture_not_permitted"),
    ),
    (
        "network is down in the middle of a capture",
        Issue("capture_interface_lost"),
    ),
    (
        "permission denied in captures/",
        Issue("captures_directory_permission_denied"),
    ),
    ("disk is at 100 percent, full", Issue("disk_full")),
    ("8080 is taken by something else", Issue("port_in_use")),
    (
        "conflict, container name exists",
        Issue("container_name_conflict"),
    ),
    ("dockerd crashed", Issue("docker_daemon_away")),
    ("ui eaten by the oom killer", Issue("out_of_memory")),
    (
        "312 unprocessed files in the watcher",
        Issue("watcher_backlog"),
    ),
    (
        "permission denied on ttyUSB0 for bluetooth",
        Issue("ble_device_permission"),
    ),
    (
        "aof broken, redis will not start",
        Issue("redis_aof_corrupt"),
    ),
    (
        "/scavenger loads for minutes in playwright",
        Issue("ui_heavy_page_timeout"),
    ),
    ("no otel collector running", Issue("otlp_export_fail_open")),
    (
        "docker compose restart says no such service",
        Issue("control_name_mismatch"),
    ),
    ("the restaurant is full", Silence),
    ("disk brake of the bike makes noise", Silence),
    ("user list is empty", Silence),
    ("how to read a pcap", Silence),
    ("port the code to rust", Silence),
    ("release notes are missing", Silence),
    ("who owns the captures", Silence),
    ("login page looks odd", Silence),
    ("card game rules", Silence),
    ("address of the office is wrong", Silence),
    ("postgres died", Silence),
    ("rabbitmq queue grows", Silence),
];

#[test]
fn unseen_words_are_answered_no_worse_and_never_wrongly_where_silence_is_right() {
    let place = place_of("logs_soak_20260602_020000", LOGS, "2026-06-03", SESSIONS);
    let evidence = Evidence::open_to_read(&place.data()).unwrap();
    let ask = |question: &str| ask_at(&evidence, question, "2026-07-05T00:00:00Z");
    let (table, [(answers, _), (silences, n_silences)]) = score(QUESTIONS, ask);
    eprintln!("{table}");
    assert!(answers >= 13 && silences == n_silences, "{table}");
}
