/// One form of sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// The words with which it may begin, the first one preferred.
    pub openings: &'static [&'static str],
    /// How it is written.
    pub usage: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Sentences of this form.
    pub examples: &'static [&'static str],
}

impl Form {
    /// The word by which the form is known.
    pub fn word(&self) -> &'static str {
        self.openings[0]
    }
}

/// All forms, in the order in which `help` tells them.
pub const FORMS: &[Form] = &[
    Form {
        openings: &["status", "live", "health", "monitor once"],
        usage: "status",
        about: "who controls, how the stack is, what is left of the budgets",
        examples: &["status", "health"],
    },
    Form {
        openings: &[
            "stats",
            "dashboard",
            "control-center",
            "control center",
            "command-center",
            "command center",
            "center",
        ],
        usage: "stats",
        about: "everything on one page: mode, gates, budgets, actions, the last events",
        examples: &["stats", "command center"],
    },
    Form {
        openings: &["mode", "set mode"],
        usage: "mode [observe|assist|autonomous]",
        about: "in which mode this console acts, or another one",
        examples: &["mode assist", "set mode observe"],
    },
    Form {
        openings: &["action"],
        usage: "action ACTION",
        about: "one action, through all gates: status_check, compose_up_core, compose_up, \
                shutdown, restart_service:SERVICE",
        examples: &["action restart_service:wicap-ui", "compose_up_core"],
    },
    Form {
        openings: &["restart"],
        usage: "restart SERVICE",
        about: "the same as `action restart_service:SERVICE`",
        examples: &["restart wicap-ui"],
    },
    Form {
        openings: &["start soak", "run soak", "soak run", "soak-run", "soak"],
        usage: "start soak [for N minutes] [every N minutes] [MODE] [dry-run]",
        about: "a soak under control; without a mode in the console's own",
        examples: &["start soak for 10 minutes assist", "run soak 2h dry-run"],
    },
    Form {
        openings: &[
            "recommend",
            "what should i do next",
            "next step",
            "what now",
        ],
        usage: "recommend [TARGET]",
        about: "what the evidence says to do about a signature or a soak",
        examples: &["recommend", "recommend capture stalled"],
    },
    Form {
        openings: &["incident"],
        usage: "incident TARGET",
        about: "an incident report about a signature or a soak",
        examples: &["incident logs_soak_20260304"],
    },
    Form {
        openings: &["explain", "why"],
        usage: "explain ROW|SERVICE|policy|ACTION",
        about: "why something was done or not, what is enforced, or whether an action could run",
        examples: &[
            "explain ui",
            "explain 41",
            "explain policy",
            "explain restart_service:ui",
        ],
    },
    Form {
        openings: &["help", "?"],
        usage: "help [WORD]",
        about: "these sentences, or one of them",
        examples: &["help", "help action"],
    },
    Form {
        openings: &["quit", "exit", "q"],
        usage: "quit",
        about: "leave the console; Ctrl-D does as well, Ctrl-C only drops the line",
        examples: &["quit"],
    },
];
