/// The most entries of a list.
pub(super) const ENTRIES_MAX: usize = 200;

/// What an object may hold. The parser and the published schema both read these
/// tables.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) fields: &'static [Field],
}

/// One key of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
    pub(super) help: &'static str,
}

/// What a value must be.
#[derive(Debug)]
pub(super) enum Kind {
    Bool,
    Integer {
        min: u64,
        max: u64,
    },
    /// Any text that is not blank.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A service or container name.
    Service,
    /// A host name or address.
    Host,
    /// An absolute `http` or `https` address.
    Url,
    /// A path inside the repository.
    Path,
    /// A key of a `.env` file.
    Key,
    /// An object.
    Object(&'static Shape),
    /// A list without doubles.
    List {
        of: &'static Kind,
        min: usize,
    },
}

const fn optional(name: &'static str, kind: Kind, help: &'static str) -> Field {
    Field {
        name,
        kind,
        is_required: false,
        help,
    }
}

const fn required(name: &'static str, kind: Kind, help: &'static str) -> Field {
    Field {
        name,
        kind,
        is_required: true,
        help,
    }
}

const fn list(of: &'static Kind) -> Kind {
    Kind::List { of, min: 0 }
}

const SEVERITY: Field = optional(
    "severity",
    Kind::Word(&["critical", "warn"]),
    "What a broken term weighs: `critical` (the default) fails the gate, `warn` is reported.",
);
const DESCRIPTION: Field = optional("description", Kind::Text, "A note for people.");
const REQUIRED: Field = optional(
    "required",
    Kind::Bool,
    "The older form of `severity`: `false` means `warn`.",
);
const NAME: Field = optional("name", Kind::Text, "What the report calls it.");

/// The names that `schema` may have.
pub(super) const SCHEMAS: &[&str] = &["runtime-contract.v1"];

/// The whole document.
pub(super) const CONTRACT: Shape = Shape {
    fields: &[
        optional("$schema", Kind::Text, "Where an editor finds this schema."),
        optional("name", Kind::Text, "What the contract is called."),
        optional(
            "version",
            Kind::Text,
            "The contract's own version, such as `1.0.1`.",
        ),
        optional("schema", Kind::Word(SCHEMAS), "The version of the format."),
        DESCRIPTION,
        optional(
            "services",
            list(&Kind::Object(&SERVICE)),
            "What must be true of services.",
        ),
        optional(
            "ports",
            list(&Kind::Object(&PORT)),
            "What must be true of TCP ports.",
        ),
        optional(
            "http_endpoints",
            list(&Kind::Object(&ENDPOINT)),
            "What HTTP endpoints must answer.",
        ),
        optional(
            "files",
            list(&Kind::Object(&FILE)),
            "What files must be there.",
        ),
        optional(
            "env_keys",
            list(&Kind::Object(&ENV)),
            "What keys `.env` files must set.",
        ),
        optional(
            "soak_gate",
            Kind::Object(&SOAK_GATE),
            "What a soak asks before it starts.",
        ),
    ],
};

const SERVICE: Shape = Shape {
    fields: &[
        required(
            "name",
            Kind::Service,
            "The compose key or the container's name.",
        ),
        optional(
            "required_state",
            Kind::Word(&["up", "healthy", "running", "stopped", "missing"]),
            "`up` (the default): running, and its health check, if it has one, passes. \
             `healthy`: up with a health check. `running`: the health check is not asked. \
             `stopped`: not running or not there. `missing`: not there.",
        ),
        optional(
            "critical",
            Kind::Bool,
            "The older form of `severity`: `false` means `warn`.",
        ),
        SEVERITY,
        DESCRIPTION,
    ],
};

const PORT: Shape = Shape {
    fields: &[
        required(
            "port",
            Kind::Integer {
                min: 1,
                max: 65_535,
            },
            "The TCP port.",
        ),
        optional(
            "host",
            Kind::Host,
            "Where to connect; `127.0.0.1` unless given.",
        ),
        optional(
            "required_state",
            Kind::Word(&["open", "closed"]),
            "Whether somebody must listen; `open` unless given.",
        ),
        REQUIRED,
        SEVERITY,
        DESCRIPTION,
    ],
};

const STATUS: Kind = Kind::Integer { min: 100, max: 599 };

const ENDPOINT: Shape = Shape {
    fields: &[
        NAME,
        required(
            "url",
            Kind::Url,
            "An `http` or `https` address, without user and password.",
        ),
        optional(
            "ok_status",
            Kind::List {
                of: &STATUS,
                min: 1,
            },
            "Acceptable statuses; 200 and 204 unless given. Redirects are not followed.",
        ),
        optional(
            "body_contains",
            list(&Kind::Text),
            "Texts that the first 64 kB of the body must contain.",
        ),
        optional(
            "body_excludes",
            list(&Kind::Text),
            "Texts that the first 64 kB of the body must not contain.",
        ),
        optional(
            "max_latency_ms",
            Kind::Integer {
                min: 1,
                max: 60_000,
            },
            "The most milliseconds until the body is read.",
        ),
        optional(
            "timeout_ms",
            Kind::Integer {
                min: 100,
                max: 60_000,
            },
            "Milliseconds after which it counts as not answering; 2000 unless given.",
        ),
        REQUIRED,
        SEVERITY,
        DESCRIPTION,
    ],
};

const PRESENCE: Field = optional(
    "required_state",
    Kind::Word(&["present", "missing"]),
    "Whether it must be there; `present` unless given.",
);

const FILE: Shape = Shape {
    fields: &[
        required(
            "path",
            Kind::Path,
            "A file or folder, relative to the repository.",
        ),
        PRESENCE,
        optional(
            "min_bytes",
            Kind::Integer {
                min: 1,
                max: 1_000_000_000_000,
            },
            "The least size in bytes.",
        ),
        optional(
            "max_age_seconds",
            Kind::Integer {
                min: 1,
                max: 31_536_000,
            },
            "The most seconds since it was written.",
        ),
        REQUIRED,
        SEVERITY,
        DESCRIPTION,
    ],
};

const ENV: Shape = Shape {
    fields: &[
        required("key", Kind::Key, "The key. Its value is never printed."),
        optional(
            "file",
            Kind::Path,
            "Which file, relative to the repository; `.env` unless given.",
        ),
        PRESENCE,
        optional(
            "allow_empty",
            Kind::Bool,
            "Whether an empty value will do; `false` unless given.",
        ),
        optional(
            "min_length",
            Kind::Integer { min: 1, max: 4096 },
            "The least length of the value in characters.",
        ),
        optional(
            "one_of",
            Kind::List {
                of: &Kind::Text,
                min: 1,
            },
            "The values that are allowed.",
        ),
        REQUIRED,
        SEVERITY,
        DESCRIPTION,
    ],
};

const SOAK_GATE: Shape = Shape {
    fields: &[
        optional(
            "policy",
            Kind::Word(&["all-critical-services-up"]),
            "What has to hold before a soak starts.",
        ),
        optional(
            "max_failures",
            Kind::Integer { min: 0, max: 1000 },
            "How many broken critical terms a soak tolerates; 0 unless given.",
        ),
    ],
};
