//! A third set, of plain words alone: written after the rules were read, and before the words that
//! people have for them were written down.
//!
//! With the rules as they were, 13 of 42 answers and 24 of 27 silences were right; with the words of
//! people, and nothing made for this set, 35 and 24.

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
        "403 on every push to the dashboard",
        Issue("ui_internal_allowlist_block"),
    ),
    (
        "ui rejects our lan ip",
        Issue("ui_internal_allowlist_block"),
    ),
    (
        "401 unauthorized between processor and ui",
        Issue("ui_internal_secret_mismatch"),
    ),
    (
        "WICAP_INTERNAL_SECRET is empty",
        Issue("ui_internal_secret_missing"),
    ),
    (
        "ui crash loops because the sql password has only 8 characters",
        Issue("ui_sql_password_invalid"),
    ),
    (
        "processor exits with 0 in a loop, persistence manager init fails",
        Issue("processor_persistence_init_failed"),
    ),
    ("sql server offline", Issue("sql_connection_lost")),
    (
        "login timeout with odbc driver 18",
        Issue("sql_connection_lost"),
    ),
    (
        "nothing listens on 6380, redis crashed",
        Issue("redis_down"),
    ),
    ("redis busy loading after reboot", Issue("redis_loading")),
    (
        "events being thrown away because of backpressure",
        Issue("queue_backpressure"),
    ),
    (
        "wifiwizard.pid left over after hard kill",
        Issue("scout_stale_pid"),
    ),
    (
        "wireless adapter missing at startup",
        Issue("wifi_interface_missing"),
    ),
    (
        "usb wifi card disappeared while capturing",
        Issue("capture_interface_lost"),
    ),
    (
        "capture would cut off ssh because it uses the default route interface",
        Issue("wifi_management_interface_conflict"),
    ),
    (
        "interface stuck in managed mode",
        Issue("wifi_monitor_mode_failed"),
    ),
    (
        "tcpdump lacks permission to capture",
        Issue("capture_not_permitted"),
    ),
    (
        "scout is not running as root",
        Issue("capture_not_permitted"),
    ),
    (
        "can't write to captures directory",
        Issue("captures_directory_permission_denied"),
    ),
    ("no free space left", Issue("disk_full")),
    ("hard drive full", Issue("disk_full")),
    ("uvicorn can't bind, address in use", Issue("port_in_use")),
    (
        "wicap-ui name is already taken by a stopped container",
        Issue("container_name_conflict"),
    ),
    (
        "no connection to the docker socket",
        Issue("docker_daemon_away"),
    ),
    ("redis append only file damaged", Issue("redis_aof_corrupt")),
    ("bluetooth stick missing", Issue("ble_device_missing")),
    (
        "psutil not installed in the image",
        Issue("ble_packages_missing"),
    ),
    (
        "user not in dialout group, serial device denied",
        Issue("ble_device_permission"),
    ),
    ("scavenger page timeout", Issue("ui_heavy_page_timeout")),
    (
        "intel worker exits with code 2",
        Issue("intel_worker_disabled"),
    ),
    ("otlp flush failing", Issue("otlp_export_fail_open")),
    ("sensor hub disconnected", Issue("remote_hub_disconnected")),
    (
        "rows rejected by sql, conversion error",
        Issue("sql_row_rejected"),
    ),
    (
        "watcher backlog of old capture files",
        Issue("watcher_backlog"),
    ),
    (
        "soak regression against the baseline, rss grew",
        Issue("soak_baseline_regression"),
    ),
    (
        "compose says no such service wicap-processor",
        Issue("control_name_mismatch"),
    ),
    (
        "ui does not come up, curl on 8080 refused",
        Issue("ui_startup_unreachable"),
    ),
    (
        "kernel killed uvicorn, out of memory",
        Issue("out_of_memory"),
    ),
    ("aof fsync slow", Issue("redis_slow_disk")),
    (
        "live log panel 401 in end to end test",
        Issue("admin_pages_need_secret"),
    ),
    (
        "ui not started since redis is unhealthy",
        Issue("dependency_unhealthy"),
    ),
    ("no governor activity", Issue("governor_quiet")),
    // Other matters in the same words.
    ("mail server is down", Silence),
    ("the web shop database is offline", Silence),
    ("my phone lost its wifi", Silence),
    ("how do I restart the processor", Silence),
    ("which port does redis use", Silence),
    ("is everything fine", Silence),
    ("what is a dwell", Silence),
    ("grafana dashboard shows no data", Silence),
    ("vpn disconnected again", Silence),
    ("windows update failed with 0x80070005", Silence),
    ("java heap space out of memory in elasticsearch", Silence),
    ("kafka queue too long", Silence),
    ("usb printer not found", Silence),
    ("ssl certificate has expired", Silence),
    ("cat is on the keyboard", Silence),
    ("bank refuses my card", Silence),
    ("increase the log level", Silence),
    ("nfs mount is read only", Silence),
    ("backup disk arrived by mail", Silence),
    ("who is on call tonight", Silence),
    ("deploy to production failed", Silence),
    ("no such file or directory: report.pdf", Silence),
    ("my laptop's bluetooth mouse disconnects", Silence),
    ("too many open files in nginx", Silence),
    ("monitor is too dark", Silence),
    ("docker hub rate limit exceeded", Silence),
    ("server", Silence),
];

#[test]
fn plain_words_find_the_known_issue() {
    let place = place_of("logs_soak_20260602_020000", LOGS, "2026-06-03", SESSIONS);
    let evidence = Evidence::open_to_read(&place.data()).unwrap();
    let ask = |question: &str| ask_at(&evidence, question, "2026-07-05T00:00:00Z");
    let (table, [(answers, n_answers), (silences, n_silences)]) = score(QUESTIONS, ask);
    eprintln!("{table}");
    assert!(n_answers >= 40 && n_silences >= 20);
    assert!(
        answers * 10 >= n_answers * 9 && silences * 10 >= n_silences * 9,
        "{table}"
    );
}
