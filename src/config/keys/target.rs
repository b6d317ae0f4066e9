use super::{Phase, Row, row};
use crate::config::slot::Slot;

/// Tables `[engine]` and `[stack]`: what is watched.
pub(super) const TARGET: &[Row] = &[
    row(
        "engine.host",
        "Where the engine listens: `unix:///PATH` or `tcp://HOST:PORT`",
        |s| Slot::Engine(&mut s.engine.address),
    ),
    row(
        "engine.tls_verify",
        "Speak TLS to a `tcp://` engine, with a client certificate",
        |s| Slot::Switch(&mut s.engine.is_tls),
    ),
    row(
        "engine.cert_path",
        "The folder with `ca.pem`, `cert.pem` and `key.pem`. Default: `~/.docker`",
        |s| Slot::Path(&mut s.engine.cert_folder),
    ),
    row(
        "stack.project",
        "The compose project. Default: the only one that looks like the profile",
        |s| Slot::Project(&mut s.stack.project),
    )
    .by(&["--project"])
    .during(Phase::First),
    row(
        "stack.profile",
        "What the services start from: `wicap` or `none`",
        |s| Slot::Profile(&mut s.profile),
    )
    .during(Phase::First),
];
