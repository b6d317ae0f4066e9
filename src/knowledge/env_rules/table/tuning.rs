use super::{EnvRule, Kind, Section, asked};

/// A count of bytes up to 1 TB; 0 or less switches the limit off.
const BYTES: Kind = Kind::Integer {
    min: 0,
    max: 1_000_000_000_000,
};

pub(super) const TUNING: &[EnvRule] = &[
    asked(
        Section::Tuning,
        "WICAP_DWELL_THRESHOLD",
        Kind::Integer { min: 1, max: 1000 },
    )
    .default("1")
    .help("events on a channel before it dwells")
    .examples(&["1", "1000"], &["0", "1001", "many"]),
    asked(
        Section::Tuning,
        "WICAP_DWELL_DURATION",
        Kind::Integer { min: 1, max: 3600 },
    )
    .default("30")
    .help("seconds of a dwell")
    .examples(&["1", "3600"], &["0", "3601", "30s"]),
    asked(Section::Tuning, "WICAP_QUEUE_MAX_BYTES", BYTES)
        .default("52428800")
        .help("bytes of one file of the file queue; 0 for no limit")
        .examples(&["0", "52428800"], &["-1", "50M", ""]),
    asked(
        Section::Tuning,
        "WICAP_QUEUE_MAX_FILES",
        Kind::Integer { min: 0, max: 1000 },
    )
    .default("5")
    .help("files of the file queue; 0 for no limit")
    .examples(&["0", "5"], &["-1", "1001", "x"]),
    asked(Section::Tuning, "WICAP_QUEUE_BACKPRESSURE_MAX_BYTES", BYTES)
        .default("262144000")
        .help("bytes in the queue before events are dropped; 0 for the product of the two above")
        .examples(&["262144000"], &["250MiB", "-5"]),
    asked(
        Section::Tuning,
        "WICAP_QUEUE_BACKPRESSURE_ACTION",
        Kind::Word(&["drop_pulse", "drop"]),
    )
    .default("drop_pulse")
    .help("what is dropped then: drop_pulse or drop")
    .examples(&["drop_pulse", "drop"], &["", "block", "drop-pulse"]),
    asked(
        Section::Tuning,
        "WICAP_DEDUP_MAX_ENTRIES",
        Kind::Integer {
            min: 1,
            max: 100_000_000,
        },
    )
    .default("10000")
    .help("events remembered to find doubles")
    .examples(&["10000"], &["0", "1e4"]),
];

pub(super) const OTLP: &[EnvRule] = &[
    asked(
        Section::Otlp,
        "WICAP_OTLP_PROFILE",
        Kind::Word(&[
            "disabled",
            "self_hosted",
            "vendor",
            "cloud",
            "off",
            "none",
            "self-hosted",
        ]),
    )
    .default("disabled")
    .help("disabled, self_hosted, vendor or cloud")
    .examples(
        &["disabled", "self_hosted", "cloud"],
        &["", "aws", "Disabled"],
    ),
    asked(Section::Otlp, "WICAP_OTLP_HTTP_ENDPOINT", Kind::HttpUrl)
        .help("the collector's address for logs, such as http://localhost:4318/v1/logs")
        .examples(
            &["http://localhost:4318/v1/logs"],
            &["localhost:4318", "grpc://h:4317"],
        ),
    asked(Section::Otlp, "WICAP_OTLP_HEADERS", Kind::Headers)
        .default("")
        .help("extra headers: name=value with commas, or a JSON object")
        .examples(
            &["", "a=b,c=d", r#"{"a":"b"}"#],
            &["novalue", "=x", r#"{"a":1}"#],
        ),
    asked(Section::Otlp, "WICAP_OTLP_AUTH_BEARER", Kind::Token)
        .default("")
        .help("a bearer token")
        .examples(&["", "eyJhbGciOi"], &["two words"]),
    asked(Section::Otlp, "WICAP_OTLP_API_KEY", Kind::Token)
        .default("")
        .help("an API key")
        .examples(&["", "k-123"], &["two words"]),
    asked(
        Section::Otlp,
        "WICAP_OTLP_TIMEOUT_SECONDS",
        Kind::Decimal {
            min: 0.1,
            max: 60.0,
        },
    )
    .default("1.5")
    .help("seconds for one export")
    .examples(&["0.1", "1.5", "60"], &["0", "61", "1,5", "NaN"]),
    asked(
        Section::Otlp,
        "WICAP_OTLP_MAX_QUEUE",
        Kind::Integer {
            min: 1,
            max: 1_000_000,
        },
    )
    .default("2000")
    .help("records that wait at most")
    .examples(&["2000"], &["0", "2k"]),
    asked(
        Section::Otlp,
        "WICAP_OTLP_MAX_BATCH",
        Kind::Integer {
            min: 1,
            max: 100_000,
        },
    )
    .default("200")
    .help("records in one export at most")
    .examples(&["200"], &["0", "-1"]),
    asked(
        Section::Otlp,
        "WICAP_OTLP_RETRY_BACKOFF_SECONDS",
        Kind::Decimal {
            min: 0.0,
            max: 600.0,
        },
    )
    .default("1.0")
    .help("seconds before the first retry")
    .examples(&["0", "1.0"], &["-1", "601", "soon"]),
    asked(
        Section::Otlp,
        "WICAP_OTLP_MAX_BACKOFF_SECONDS",
        Kind::Decimal {
            min: 0.0,
            max: 3600.0,
        },
    )
    .default("30.0")
    .help("seconds before a retry at most")
    .examples(&["30.0"], &["3601", "inf"]),
];
