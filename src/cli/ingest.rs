//! `ingest`: gather what logs and past work know.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Context, Exit};
use crate::config::Env;
use crate::ingest::{BATCH_ROWS, Ingest, Options, Report, Roots, Source, Watch, Zone};

pub(super) mod containers;

/// How long files are followed without a look at them, for file systems that tell of no writes.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(2);

/// Arguments of `ingest`. Without a `--scan-…` flag everything is read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist ingest --repo-root ../wicap")]
pub(crate) struct Args {
    /// Read sessions of the coding tool.
    #[arg(long)]
    scan_codex: bool,
    /// Read logs of soaks, verifications and the stack, and results of soaks.
    #[arg(long)]
    scan_soaks: bool,
    /// Read harness scripts.
    #[arg(long)]
    scan_harness: bool,
    /// Read the network event streams.
    #[arg(long)]
    scan_network_events: bool,
    /// Read conversations about the stack.
    #[arg(long)]
    scan_antigravity: bool,
    /// Read the changelog.
    #[arg(long)]
    scan_changelog: bool,
    /// Read the history of the repository.
    #[arg(long)]
    scan_git: bool,
    /// Read the logs of the running containers.
    #[arg(long)]
    scan_containers: bool,
    /// Read everything.
    #[arg(long)]
    all: bool,
    /// The checkout of the stack.
    #[arg(long, value_name = "DIR")]
    pub(crate) repo_root: Option<PathBuf>,
    /// Keep MAC addresses, SSIDs and IP addresses as they are.
    #[arg(long)]
    keep_identifiers: bool,
    /// Store nothing older than this time (RFC 3339); it is not read again later.
    #[arg(long, value_name = "TIME")]
    since: Option<crate::model::Timestamp>,
    /// Read and report, store nothing.
    #[arg(long, conflicts_with = "follow")]
    dry_run: bool,
    /// Go on reading what is written, until Ctrl-C.
    #[arg(long)]
    follow: bool,
    /// Threads that read, beside the one that stores; default: one less than there are cores.
    /// The store is the same with any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Zone of clocks that name none (`Europe/Berlin`); default: that of this host.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Rows that are stored together.
    #[arg(long, value_name = "N", hide = true, default_value_t = BATCH_ROWS)]
    batch_rows: usize,
    /// Print the report as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What the command needs to know from outside.
#[derive(Debug)]
pub(crate) struct Places {
    /// The data folder.
    pub(crate) data_dir: PathBuf,
    /// Where to look.
    pub(crate) roots: Roots,
    /// Parts of a repository's URL that tell that a session is about the stack.
    pub(crate) repo_hints: Vec<String>,
}

impl Args {
    fn sources(&self) -> BTreeSet<Source> {
        let wanted: [(bool, &[Source]); 8] = [
            (self.scan_codex, &[Source::Codex]),
            (self.scan_soaks, &[Source::Soak, Source::SoakResult]),
            (self.scan_harness, &[Source::Harness]),
            (self.scan_network_events, &[Source::Network]),
            (self.scan_antigravity, &[Source::Antigravity]),
            (self.scan_changelog, &[Source::Changelog]),
            (self.scan_git, &[Source::Git]),
            (self.scan_containers, &[Source::Container]),
        ];
        let is_all = self.all || wanted.iter().all(|(is_wanted, _)| !is_wanted);
        let chosen = wanted.iter().filter(|(is_wanted, _)| is_all || *is_wanted);
        chosen
            .flat_map(|(_, sources)| sources.iter().copied())
            .collect()
    }
}

/// Where the sources are, by the settings, the environment and the command line.
fn places(ctx: &Context, repo_root: Option<PathBuf>) -> Places {
    let env = Env::from_process();
    let folder = |names: &[&str]| {
        let values = names.iter().filter_map(|name| env.vars.get(*name));
        values
            .map(PathBuf::from)
            .find(|path| !path.as_os_str().is_empty())
    };
    let home = folder(&["HOME"]);
    let codex = folder(&["CODEX_HOME", "CODEX_ROOT"]).or(home.map(|home| home.join(".codex")));
    let antigravity = folder(&["WICAP_ASSIST_ANTIGRAVITY_ROOT", "ANTIGRAVITY_ROOT"])
        .or(codex.as_ref().map(|codex| codex.join("antigravity/brain")));
    let hints = env
        .vars
        .get("WICAP_REPO_URL_HINTS")
        .and_then(|hints| hints.to_str());
    let repo = repo_root.or_else(|| ctx.settings.paths.repo_root.clone());
    Places {
        data_dir: ctx.settings.paths.data_dir.clone(),
        roots: roots(repo.as_deref(), codex, antigravity),
        repo_hints: repo_hints(hints),
    }
}

/// How the logs and results of a soak are read.
pub(super) fn soak_options(ctx: &Context, repo: Option<&Path>) -> Options {
    let env = Env::from_process();
    let hints = env.vars.get("WICAP_REPO_URL_HINTS");
    Options {
        data_dir: ctx.settings.paths.data_dir.clone(),
        roots: roots(repo, None, None),
        sources: BTreeSet::from([Source::Soak, Source::SoakResult]),
        logs: None,
        repo_hints: repo_hints(hints.and_then(|hints| hints.to_str())),
        keep_identifiers: false,
        since_ms: None,
        dry_run: false,
        jobs: default_jobs(),
        zone: Zone::system(),
        batch_rows: BATCH_ROWS,
    }
}

fn repo_hints(hints: Option<&str>) -> Vec<String> {
    let hints = hints.unwrap_or("/wicap").split(',');
    hints.map(|hint| hint.trim().to_owned()).collect()
}

/// Runs the command.
///
/// # Errors
///
/// When another ingest is at work, when the store cannot be written, or for a zone that is not known.
pub(crate) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    let places = places(ctx, args.repo_root.clone());
    let zone = match &args.zone {
        Some(name) => {
            Zone::named(name).with_context(|| format!("`{name}` is no known time zone"))?
        }
        None => Zone::system(),
    };
    let jobs = args.jobs.map_or_else(default_jobs, usize::from);
    let options = Options {
        data_dir: places.data_dir,
        roots: places.roots,
        sources: args.sources(),
        logs: None,
        repo_hints: places.repo_hints,
        keep_identifiers: args.keep_identifiers,
        since_ms: args.since.map(crate::model::Timestamp::millis),
        dry_run: args.dry_run,
        jobs,
        zone,
        batch_rows: args.batch_rows,
    };
    let mut ingest = Ingest::open(options)?;
    let stop = stop_on_signal()?;
    if args.follow {
        return follow(args, ctx, &mut ingest, &stop);
    }
    let bar = progress_bar(&ingest);
    let advance = |bytes| {
        if let Some(bar) = &bar {
            bar.inc(bytes);
        }
    };
    let mut report = ingest.once(&stop, &advance)?;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let wants_containers = args.sources().contains(&Source::Container);
    if wants_containers && !stop.load(Ordering::Relaxed) {
        containers::read(ctx, &mut ingest, args.scan_containers, &mut report)?;
    }
    print(args, &report)?;
    Ok(exit_code(&report))
}

/// Reads again and again; says something when there was something.
fn follow(
    args: &Args,
    ctx: &Context,
    ingest: &mut Ingest,
    stop: &AtomicBool,
) -> anyhow::Result<Exit> {
    let mut has_rejected = false;
    let mut watch = Watch::new();
    let mut containers = args
        .sources()
        .contains(&Source::Container)
        .then(containers::Pace::default);
    loop {
        // Watched before they are read: what is written meanwhile wakes us.
        watch.follow(ingest.folders());
        let mut report = ingest.once(stop, &|_| ())?;
        if let Some(pace) = &mut containers {
            pace.read(ctx, ingest, &mut report)?;
        }
        has_rejected |= report.quarantined > 0;
        if report.total(|source| source.files_read) > 0 {
            print(args, &report)?;
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(if has_rejected { Exit::No } else { Exit::Done });
        }
        watch.wait(FOLLOW_INTERVAL, stop);
    }
}

/// The thread that stores has a core of its own: with less, all would wait for it.
fn default_jobs() -> usize {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.saturating_sub(1).max(1)
}

fn exit_code(report: &Report) -> Exit {
    match report.status {
        "clean" => Exit::Done,
        "quarantined" => Exit::No,
        _ => Exit::Error,
    }
}

/// A flag that Ctrl-C and SIGTERM set; what was stored until then stays.
pub(super) fn stop_on_signal() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .context("cannot listen to signals")?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                use tokio::signal::unix::{SignalKind, signal};
                let (interrupt, terminate) = (
                    signal(SignalKind::interrupt()),
                    signal(SignalKind::terminate()),
                );
                if let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) {
                    tokio::select! {
                        _ = interrupt.recv() => (),
                        _ = terminate.recv() => (),
                    }
                    flag.store(true, Ordering::Relaxed);
                }
            });
        })
        .context("cannot listen to signals")?;
    Ok(stop)
}

fn progress_bar(ingest: &Ingest) -> Option<ProgressBar> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(ingest.bytes_ahead());
    let style = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    Some(bar)
}

fn print(args: &Args, report: &Report) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = if args.json {
        serde_json::to_writer(&mut out, report)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
    } else {
        text(&mut out, report)
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot print"),
    }
}

fn text(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let seconds = report.duration_ms.max(1);
    let bytes = report.total(|source| source.bytes);
    writeln!(
        out,
        "Ingest {}: {} of {} files read, {:.1} MB in {:.2} s ({:.0} MB/s), {} events, {} other rows, {} quarantined{}",
        report.status,
        report.total(|source| source.files_read),
        report.total(|source| source.files_seen),
        bytes as f64 / 1e6,
        seconds as f64 / 1e3,
        bytes as f64 / 1e3 / seconds as f64,
        report.total(|source| source.events),
        report.total(|source| source.rows),
        report.quarantined,
        if report.dry_run {
            " (nothing was stored)"
        } else {
            ""
        },
    )?;
    for (name, source) in &report.sources {
        let note = source.note.as_deref().unwrap_or_default();
        writeln!(
            out,
            "  {name:<12} {:>6} files {:>9} lines {:>8} events {:>7} rows {:>9} counted  {note}",
            source.files_read, source.lines, source.events, source.rows, source.counted,
        )?;
    }
    for reject in report.quarantine.iter().take(QUARANTINE_SHOWN) {
        writeln!(
            out,
            "  quarantine   {}:{}  {}",
            reject.path, reject.line, reject.reason
        )?;
    }
    let n_more = report.quarantined.saturating_sub(QUARANTINE_SHOWN as u64);
    if n_more > 0 {
        writeln!(
            out,
            "  quarantine   and {n_more} more (`--json` lists them)"
        )?;
    }
    Ok(())
}

/// Rejects that the text report lists.
const QUARANTINE_SHOWN: usize = 10;

/// The roots of a checkout and of the homes of the tools; later from the settings.
pub(crate) fn roots(
    repo: Option<&Path>,
    codex: Option<PathBuf>,
    antigravity: Option<PathBuf>,
) -> Roots {
    // Links are resolved once, so that stored names are those below the real folder.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Roots {
        repo: repo.map(real),
        codex,
        antigravity,
    }
}
