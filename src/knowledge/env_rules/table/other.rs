use super::{EnvRule, Kind, checked};

/// Examples of a yes or no.
const fn boolean(key: &'static str) -> EnvRule {
    checked(key, Kind::Bool).examples(&["true", "0"], &["perhaps"])
}

/// Examples of a text that takes anything on one line.
const fn text(key: &'static str) -> EnvRule {
    checked(key, Kind::Text).examples(&["anything"], &[])
}

/// Examples of a path.
const fn path(key: &'static str) -> EnvRule {
    checked(key, Kind::Path).examples(&["captures/x.jsonl"], &[""])
}

/// Examples of a whole number from `min`.
const fn count(key: &'static str, min: i64, max: i64) -> EnvRule {
    checked(key, Kind::Integer { min, max }).examples(&["60"], &["-1000000", "ten", "1.5"])
}

/// Examples of a number from 0.
const fn decimal(key: &'static str, max: f64) -> EnvRule {
    checked(key, Kind::Decimal { min: 0.0, max }).examples(&["1", "0.5"], &["-1", "many"])
}

const TOKEN: (&[&str], &[&str]) = (&["", "a1b2c3"], &["two words"]);
const LEVELS: &[&str] = &["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const PROFILES: &[&str] = &["observe-v1", "assist-v1", "autonomous-v1"];

pub(super) const OTHER: &[EnvRule] = &[
    checked("WICAP_SQL_SERVER", Kind::SqlHost).examples(&["db,1433"], &["db,x"]),
    checked("WICAP_SQL_USERNAME", Kind::SqlName).examples(&["wicap"], &["a;b"]),
    boolean("WICAP_SQL_ENCRYPT"),
    boolean("WICAP_LEGACY_SQL_BATCH"),
    checked("WICAP_UI_ALLOWED_ORIGINS", Kind::Origins)
        .examples(&["", "http://a:8080,https://b"], &["a:8080"]),
    text("WICAP_REDIS_QUEUE_KEY"),
    checked(
        "WICAP_RSSI_STRONG_THRESHOLD",
        Kind::Integer { min: -120, max: 0 },
    )
    .examples(&["-85"], &["85", "-121"]),
    decimal("WICAP_SCORE_DECAY_SECONDS", 86_400.0),
    boolean("WICAP_DWELL_BASELINE_ON_START"),
    path("WICAP_BT_COMPANY_IDS_PATH"),
    checked("WICAP_BT_DEVICE", Kind::Device).examples(&["/dev/ttyACM0"], &["COM3"]),
    checked("WICAP_LOG_LEVEL", Kind::Word(LEVELS)).examples(&["INFO"], &["info", "LOUD"]),
    checked("WICAP_LOG_FORMAT", Kind::Word(&["text", "json"])).examples(&["json"], &["xml"]),
    count("WICAP_LOG_MAX_BYTES", 0, 1_000_000_000_000),
    count("WICAP_LOG_BACKUPS", 0, 1000),
    count("WICAP_ADMIN_LOG_LOOKBACK_SECONDS", 60, 31_536_000),
    checked(
        "WICAP_SENSOR_PORT",
        Kind::Integer {
            min: 1,
            max: 65_535,
        },
    )
    .examples(&["9999"], &["0", "65536"]),
    checked("WICAP_SENSOR_AUTH_TOKEN", Kind::Token).examples(TOKEN.0, TOKEN.1),
    checked(
        "WICAP_SENSOR_HUB_PORT",
        Kind::Integer {
            min: 1,
            max: 65_535,
        },
    )
    .examples(&["9999"], &["0"]),
    checked("WICAP_SENSOR_PROTOCOL", Kind::Word(&["ws", "wss"])).examples(&["ws"], &["http"]),
    boolean("WICAP_SENSOR_TLS_VERIFY"),
    boolean("WICAP_CONTROL_RUNTIME_PLANE_ENABLED"),
    boolean("WICAP_CONTROL_TOOL_POLICY_PLANE_ENABLED"),
    boolean("WICAP_CONTROL_ELEVATED_PLANE_ENABLED"),
    checked("WICAP_CONTROL_ACTIVE_POLICY_PROFILE", Kind::Word(PROFILES))
        .examples(&["assist-v1"], &["assist"]),
    path("WICAP_CONTROL_AUDIT_PATH"),
    path("WICAP_CONTROL_FAILOVER_STATE_PATH"),
];

pub(super) const STREAMS: &[EnvRule] = &[
    boolean("WICAP_FEATURE_STREAM_ENABLED"),
    count("WICAP_FEATURE_STREAM_WINDOW_SEC", 1, 86_400),
    checked(
        "WICAP_FEATURE_STREAM_WINDOWS_SEC",
        Kind::Integers {
            min: 1,
            max: 86_400,
        },
    )
    .examples(&["30,60,300"], &["30;60", "0"]),
    count("WICAP_FEATURE_STREAM_MIN_EVENTS", 1, 1_000_000),
    count("WICAP_FEATURE_STREAM_RETENTION_SEC", 1, 31_536_000),
    checked(
        "WICAP_FEATURE_STREAM_STORE",
        Kind::Word(&["redis", "file", "memory", "off"]),
    )
    .examples(&["redis"], &["sqlite"]),
    path("WICAP_FEATURE_STREAM_STORE_PATH"),
    boolean("WICAP_BASELINE_STREAM_ENABLED"),
    count("WICAP_BASELINE_STREAM_HORIZON_SEC", 1, 31_536_000),
    count("WICAP_BASELINE_STREAM_REFRESH_SEC", 1, 86_400),
    count("WICAP_BASELINE_STREAM_MIN_WINDOWS", 1, 1_000_000),
    path("WICAP_BASELINE_STREAM_STORE_PATH"),
    boolean("WICAP_ANOMALY_STREAM_ENABLED"),
    decimal("WICAP_ANOMALY_STREAM_SCORE_THRESHOLD", 100.0),
    decimal("WICAP_ANOMALY_STREAM_SCORE_SCALE", 1000.0),
    decimal("WICAP_ANOMALY_STREAM_MIN_CONFIDENCE", 100.0),
    boolean("WICAP_ANOMALY_SQL_PERSIST_ENABLED"),
    path("WICAP_ANOMALY_EVENTS_PATH"),
    path("WICAP_ANOMALY_EVENTS_V2_PATH"),
    path("WICAP_ANOMALY_EVENTS_V3_PATH"),
    path("WICAP_ANOMALY_FEEDBACK_PATH"),
    path("WICAP_PREDICTION_EVENTS_PATH"),
    checked(
        "WICAP_PREDICTION_HORIZONS_SEC",
        Kind::Integers {
            min: 1,
            max: 86_400,
        },
    )
    .examples(&["300,1800"], &["soon"]),
    checked(
        "WICAP_INTEL_WORKER_INTERVAL_SECONDS",
        Kind::Decimal {
            min: 0.5,
            max: 3600.0,
        },
    )
    .examples(&["10"], &["0.4"]),
];

pub(super) const SOAK: &[EnvRule] = &[
    count("WICAP_SOAK_DURATION_MINUTES", 1, 43_200),
    count("WICAP_SOAK_PLAYWRIGHT_INTERVAL_MINUTES", 1, 1440),
    boolean("WICAP_SOAK_SKIP_SLOW"),
    path("WICAP_SOAK_BASELINE_PATH"),
    boolean("WICAP_SOAK_BASELINE_ENFORCE"),
    boolean("WICAP_SOAK_BASELINE_UPDATE"),
    decimal("WICAP_SOAK_BASELINE_MAX_RSS_GROWTH_PCT", 10_000.0),
    decimal("WICAP_SOAK_BASELINE_MAX_EPS_DROP_PCT", 100.0),
    decimal("WICAP_SOAK_BASELINE_MIN_UI_PASS_RATE", 1.0),
    boolean("WICAP_SOAK_SHUTDOWN_ON_COMPLETE"),
    checked("WICAP_E2E_ADMIN_SECRET", Kind::Token).examples(TOKEN.0, TOKEN.1),
];
