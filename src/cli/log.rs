//! The log on stderr.

use std::io::{self, IsTerminal as _};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer as _, Registry,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::config::{ColorChoice, Log, LogFilter, LogFormat, LogLevel};

/// Libraries that print the environment of containers, headers, keys or what is typed
/// below `info`. Nothing can make them say more.
const CAPPED: [&str; 8] = [
    "bollard",
    "hyper",
    "hyper_util",
    "reqwest",
    "redis",
    "h2",
    "rustls",
    "rustyline",
];

/// Starts the log. A second call changes nothing.
pub(super) fn start(log: &Log, color: ColorChoice) {
    let has_color = match color {
        ColorChoice::Auto => io::stderr().is_terminal(),
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    };
    // An earlier log stays as it is: there is one in a process.
    subscriber(log, has_color, io::stderr)
        .try_init()
        .unwrap_or_default();
    // Records of the `log` crate come from libraries only.
    let libraries = ::log::LevelFilter::Info;
    ::log::set_max_level(libraries.min(::log::max_level()));
}

fn subscriber<W>(log: &Log, has_color: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_ansi(has_color);
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    Registry::default().with(lines.with_filter(targets(&log.filter)))
}

/// The filter as asked for, with the libraries capped.
fn targets(filter: &LogFilter) -> Targets {
    let default = level(filter.default);
    let capped = CAPPED.map(|name| (name, default.min(LevelFilter::INFO)));
    let named = filter.targets.iter().map(|(target, wanted)| {
        let is_capped = CAPPED.iter().any(|name| target.starts_with(name));
        let most = if is_capped {
            LevelFilter::INFO
        } else {
            LevelFilter::TRACE
        };
        (target.as_str(), level(*wanted).min(most))
    });
    Targets::new()
        .with_default(default)
        .with_targets(capped)
        .with_targets(named)
}

fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn no_setting_lets_a_library_print_secrets() {
        for filter in [
            filter(LogLevel::Trace, &[]),
            filter(LogLevel::Trace, &[("bollard", LogLevel::Trace)]),
            filter(LogLevel::Error, &[("bollard::docker", LogLevel::Trace)]),
            filter(
                LogLevel::Off,
                &[("b", LogLevel::Trace), ("hyper", LogLevel::Debug)],
            ),
        ] {
            let said = capture(filter.clone(), LogFormat::Text, || {
                tracing::trace!(target: "bollard", "planted secret");
                tracing::debug!(target: "bollard::docker", "planted secret");
                tracing::debug!(target: "hyper_util::client", "planted secret");
                tracing::debug!(target: "reqwest::connect", "planted secret");
                tracing::debug!(target: "rustls", "planted secret");
                tracing::trace!(target: "redis", "planted secret");
                tracing::trace!(target: "h2::codec", "planted secret");
            });
            assert_eq!("", said, "{filter:?}");
        }
    }

    #[test]
    fn our_own_lines_follow_the_filter() {
        let said = capture(
            filter(LogLevel::Warn, &[("wicap_assist", LogLevel::Debug)]),
            LogFormat::Text,
            || {
                tracing::debug!(target: "wicap_assist::world", "near");
                tracing::info!(target: "bollard", "far");
                tracing::warn!(target: "bollard", "loud");
            },
        );
        assert!(
            said.contains("near") && said.contains("loud") && !said.contains("far"),
            "{said}"
        );
    }

    #[test]
    fn a_json_line_is_one_object() {
        let said = capture(filter(LogLevel::Info, &[]), LogFormat::Json, || {
            tracing::info!(target: "wicap_assist", n = 3, "counted");
        });
        let line: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
        assert_eq!("counted", line["message"]);
        assert_eq!(3, line["n"]);
    }

    fn filter(default: LogLevel, targets: &[(&str, LogLevel)]) -> LogFilter {
        let targets = targets
            .iter()
            .map(|(name, level)| ((*name).to_owned(), *level));
        LogFilter {
            default,
            targets: targets.collect(),
        }
    }

    fn capture(filter: LogFilter, format: LogFormat, say: impl FnOnce()) -> String {
        let buffer = Arc::new(Mutex::new(Vec::new()));
        let log = Log { format, filter };
        let writer = Shared(buffer.clone());
        let subscriber = subscriber(&log, false, move || writer.clone());
        tracing::subscriber::with_default(subscriber, say);
        let bytes = buffer.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[derive(Clone)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
