use super::{Phase, Row, row};
use crate::config::slot::Slot;

/// The folders, and what the program says of itself.
pub(super) const PROGRAM: &[Row] = &[
    row(
        "data_dir",
        "The folder of the databases. `--db PATH` means the folder of PATH. Default: `./data` where that exists, else `/var/lib/wicap-assist` as root, else `wicap-assist` in the state folder of the user",
        |s| Slot::Folder(&mut s.paths.data_dir),
    )
    .by(&["--data-dir", "--db"])
    .during(Phase::Place),
    row(
        "repo_root",
        "The checkout of the watched repository. Default: the working directory if it has a `wicap-assist.toml` or a `start_wicap.py`, else the first of `/wicap`, `./wicap`, `../wicap` and `~/apps/wicap` that has a `docker-compose.yml`, a `start_wicap.py` or a `wicap-ui`",
        |s| Slot::Path(&mut s.paths.repo_root),
    )
    .during(Phase::Place),
    row(
        "config",
        "A configuration file that is read instead of `wicap-assist.toml` in the repository",
        |s| Slot::Path(&mut s.paths.config),
    )
    .by(&["--config"])
    .during(Phase::Place),
    row(
        "log.format",
        "The form of log lines on stderr: `text` or `json`",
        |s| Slot::Format(&mut s.log.format),
    )
    .by(&["--log-format"])
    .during(Phase::Process),
    row(
        "log.filter",
        "What is logged: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), and `TARGET=LEVEL` for single targets, separated by commas. The engine, HTTP and TLS libraries never log below `info`, as they print secrets there",
        |s| Slot::Filter(&mut s.log.filter),
    )
    .by(&["-v", "-vv", "-q"])
    .during(Phase::Process),
    row(
        "color",
        "Colours: `auto` (on a terminal), `always` or `never`",
        |s| Slot::Color(&mut s.color),
    )
    .by(&["--color"])
    .during(Phase::Process),
];
