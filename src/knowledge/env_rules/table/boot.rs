use super::{EnvRule, Kind, Section, asked};

const BOOLEANS: (&[&str], &[&str]) = (&["true", "no", "1", "OFF"], &["maybe", "2", ""]);

pub(super) const BOOT: &[EnvRule] = &[
    asked(Section::Boot, "WICAP_SQL_HOST", Kind::SqlHost)
        .required()
        .help("SQL Server: `host` or `host,port`; port 1433 unless given")
        .examples(
            &[
                "db.lan",
                "192.168.1.20,1433",
                r"db\WICAP",
                "tcp:db,1500",
                "[fd00::7]:1433",
            ],
            &["", "db,0", "db,x", "300.1.1.1", "a b"],
        ),
    asked(Section::Boot, "WICAP_SQL_DATABASE", Kind::SqlName)
        .required()
        .help("the database on that server")
        .examples(&["wicap", "Wi Fi"], &["", "a;b", "x={y}"]),
    asked(Section::Boot, "WICAP_SQL_USER", Kind::SqlName)
        .required()
        .help("the login of that database")
        .examples(&["wicap_writer", r"DOMAIN\wicap"], &["", "sa;PWD=x"]),
    asked(Section::Boot, "WICAP_SQL_PASSWORD", Kind::Secret)
        .required()
        .help("its password, at least 12 characters")
        .examples(
            &["correct horse battery", "p#a$s 'w\"ord\\12"],
            &["", "short", "your_sql_password_here", "<min 12 characters>"],
        ),
    asked(Section::Boot, "WICAP_INTERNAL_SECRET", Kind::Secret)
        .required()
        .help("shared by the UI and the processor, at least 12 characters")
        .examples(
            &["0123456789abcdef0123"],
            &["", "elevenchars", "change-me-please"],
        ),
    asked(Section::Boot, "WICAP_SQL_DRIVER", Kind::SqlName)
        .default("ODBC Driver 18 for SQL Server")
        .help("the ODBC driver in the images")
        .examples(&["ODBC Driver 17 for SQL Server", "FreeTDS"], &["", "a;b"]),
    asked(Section::Boot, "WICAP_SQL_TRUST_CERT", Kind::Bool)
        .default("true")
        .help("accept the server's certificate unchecked; `false` is safer where it has a real one")
        .examples(BOOLEANS.0, BOOLEANS.1),
    asked(Section::Boot, "WICAP_INTERNAL_SECRET_REQUIRED", Kind::Bool)
        .default("true")
        .help("refuse internal calls without the secret")
        .examples(BOOLEANS.0, BOOLEANS.1),
    asked(Section::Boot, "WICAP_INTERNAL_ALLOWLIST", Kind::Allowlist)
        .default("127.0.0.1,::1")
        .help("who may call internal endpoints: addresses and networks with commas")
        .examples(
            &["127.0.0.1,::1", "10.0.0.0/8, fe80::1%eth0", "ui.local"],
            &["10.0.0.0/99", "300.1.1.1", "gg::1"],
        ),
    asked(Section::Boot, "WICAP_REDIS_URL", Kind::RedisUrl)
        .required()
        .default("redis://localhost:6380/0")
        .help("the event queue; `rediss://` for TLS")
        .examples(
            &[
                "redis://localhost:6380/0",
                "rediss://:pw@queue.lan:6380/1",
                "redis://[::1]:6380",
            ],
            &[
                "",
                "localhost:6380",
                "http://localhost",
                "redis://",
                "redis://h:0",
                "redis://h/x",
            ],
        ),
];

pub(super) const UI: &[EnvRule] = &[
    asked(Section::Ui, "WICAP_UI_URL", Kind::HttpUrl)
        .required()
        .help("the dashboard's address")
        .examples(
            &[
                "http://127.0.0.1:8080",
                "https://wicap.lan",
                "http://[::1]:8080",
            ],
            &[
                "localhost:8080",
                "ftp://h",
                "http://h:0",
                "http://h:x",
                "http://u:p@h",
                "http://[::1",
            ],
        ),
    asked(Section::Ui, "WICAP_CAPTURES_DIR", Kind::Path)
        .default("./captures")
        .help("where the capture services write")
        .examples(&["./captures", "/srv/wicap/captures"], &["", " "]),
    asked(Section::Ui, "WICAP_CAPTURE_DIR", Kind::Path)
        .default("./captures")
        .help("where the UI reads what they wrote")
        .examples(&["../captures"], &[""]),
    asked(
        Section::Ui,
        "WICAP_UI_DB_POOL_SIZE",
        Kind::Integer { min: 1, max: 100 },
    )
    .default("5")
    .help("database connections of the UI")
    .examples(&["1", "5", "100"], &["0", "101", "five", "", "1.5"]),
    asked(Section::Ui, "WICAP_REPLAY_LOG_DIR", Kind::Path)
        .default("/tmp")
        .help("where replays write their logs")
        .examples(&["/tmp"], &[""]),
    asked(Section::Ui, "WICAP_EVIDENCE_BUNDLE_DIR", Kind::Path)
        .default("captures/evidence/bundles")
        .help("where evidence bundles go")
        .examples(&["captures/evidence/bundles"], &[""]),
];
