//! Words and phrases that state a failure.

/// When a statement counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Also in a line whose level is only a warning.
    Strong,
    /// Only in a line without a level.
    Plain,
    /// Only with the number after it other than zero (`exited with code 3`).
    Code,
}

/// A family of words that states a failure.
#[derive(Debug)]
pub struct Statement {
    /// Name of the family.
    pub id: &'static str,
    /// When it counts.
    pub strength: Strength,
    /// The words and phrases, in lower case; they match whole words in any case.
    pub words: &'static [&'static str],
    /// Lines that it must find, and no other family must.
    pub examples: &'static [&'static str],
}

/// Every family.
pub const STATEMENTS: &[Statement] = &[
    Statement {
        id: "failed",
        strength: Strength::Strong,
        words: &["failed", "failure", "failures", "fails", "failing", "fail", "misconf"],
        examples: &["Failed listening on port 6380 (TCP)", "UI push failed: 403", "2 failures in run"],
    },
    Statement {
        id: "error",
        strength: Strength::Strong,
        words: &["error", "errors", "errored", "exception", "exceptions", "traceback", "bug:"],
        examples: &["Background saving error", "Error response from daemon", "watchdog: BUG: lockup"],
    },
    Statement {
        id: "errno",
        strength: Strength::Strong,
        words: &[
            "econnrefused", "econnreset", "etimedout", "eacces", "eperm", "enoent", "ehostunreach",
            "enospc", "eaddrinuse", "emfile", "epipe",
        ],
        examples: &["connect ECONNREFUSED 127.0.0.1"],
    },
    Statement {
        id: "fatal",
        strength: Strength::Strong,
        words: &[
            "fatal", "panic", "panicked", "unrecoverable", "crashed", "crashes", "crashing", "crash",
            "crashloop", "crashloopbackoff", "segfault", "sigsegv", "sigkill", "sigabrt", "core dumped",
            "died", "oom", "oom-kill", "out of memory", "killed", "aborted", "aborting", "abort",
            "corrupt", "corrupted", "corruption",
        ],
        examples: &["thread 'x' panicked at src/a.rs", "container 12 OOM", "HC died; cleaning up"],
    },
    Statement {
        id: "refused",
        strength: Strength::Strong,
        words: &[
            "denied", "refused", "refusing", "rejected", "forbidden", "unauthorized", "not allowed",
            "not permitted", "unreachable", "unresponsive", "unhealthy", "timed out", "time-out",
            "unable to", "cannot", "can't", "could not", "couldn't", "no space left", "already in use",
            "already allocated", "address in use", "read-only file system",
        ],
        examples: &["Cannot connect to the Docker daemon", "Container wicap-processor is unhealthy"],
    },
    Statement {
        id: "lost",
        strength: Strength::Plain,
        words: &[
            "timeout", "lost", "did not", "does not exist", "not found", "no such", "halted", "stuck",
            "hung", "soft lockup", "overrun", "overflow", "dropping", "exhausted", "invalid", "dead",
            "disconnected", "deauthenticated", "is required", "table full", "too long", "overcoming",
            "scheduled to be closed", "critical", "no dhcpoffers", "no services to", "restarting",
            "back-off", "gave up", "giving up", "unknown host", "shutting down",
        ],
        examples: &[
            "mailbox indicates firmware halted",
            "Restarting (1) 4 seconds ago",
            "No DHCPOFFERS received on wlo1",
            "no services to build for docker compose file x",
            "a password is required ; TTY=unknown",
        ],
    },
    Statement {
        id: "exit",
        strength: Strength::Code,
        words: &["exit code", "exit status", "exited with code", "exited with exit code", "exited", "return code", "exit code:"],
        examples: &["wicap-scout exited with code 3", "did: exit code: 1"],
    },
];

/// Words before a statement that deny it, up to three words back.
pub(super) const DENIALS: [&str; 14] = [
    "no", "not", "without", "zero", "0", "never", "none", "free", "expected", "if", "previous",
    "on", "ignoring", "nor",
];

/// Words after a statement that make it a thing rather than an event.
pub(super) const THINGS: [&str; 22] = [
    "handler", "handlers", "handling", "rate", "rates", "ratio", "counter", "counters", "count",
    "budget", "page", "pages", "detection", "correction", "boundary", "recovery", "reporting",
    "threshold", "tolerance", "limit", "log", "policy",
];
