//! The logs of the running containers, handed to the ingest as a stream of lines.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use crate::{
    cli::{
        Context,
        live::place::{self, Place},
    },
    ingest::{ContainerLine, Ingest, Report, Source},
    model::Reading,
    world::Engine,
};

/// Lines that wait to be stored.
const WAITING_MAX: usize = 4_096;

/// How often the engine is asked while files are followed. It tells of no lines by itself.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// Asks for the lines of containers again and again, not more often than every two seconds, and says
/// once why there are none.
#[derive(Debug, Default)]
pub(in crate::cli) struct Pace {
    asked: Option<Instant>,
    told: Option<String>,
}

impl Pace {
    /// Reads what containers wrote, if it is time.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub(in crate::cli) fn read(
        &mut self,
        ctx: &Context,
        ingest: &mut Ingest,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        if self.asked.is_some_and(|asked| asked.elapsed() < ASK_EVERY) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        read(ctx, ingest, false, report)?;
        let source = report.sources.get(Source::Container.name());
        let note = source.and_then(|source| source.note.clone());
        if note != self.told {
            if let Some(note) = &note {
                ctx.output.note(&format!("containers: {note}"));
            }
            self.told = note;
        }
        Ok(())
    }
}

/// What the engine gave, or why it gave nothing.
type Asked = Result<Vec<String>, String>;

/// Reads what the containers of the stack wrote since the last time, and adds it to the report.
/// Where nobody can be asked, the report says so; that is a failure if `is_asked_for` alone.
///
/// # Errors
///
/// Fails if the store cannot be written.
pub(in crate::cli) fn read(
    ctx: &Context,
    ingest: &mut Ingest,
    is_asked_for: bool,
    report: &mut Report,
) -> anyhow::Result<()> {
    let cursors = ingest.container_cursors()?;
    let since = |name: &str| cursors.get(name).copied().unwrap_or(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot ask the engine")?;
    let (lines, waiting) = sync_channel(WAITING_MAX);
    let (stored, asked) = thread::scope(|scope| {
        let asking = scope.spawn(|| runtime.block_on(ask(ctx, &since, lines)));
        let stored = ingest.containers(waiting.into_iter());
        let asked = asking.join();
        (
            stored,
            asked.unwrap_or_else(|_| Err("the engine's answer was not understood".into())),
        )
    });
    let of_containers = stored?;
    let entry = report.sources.entry(Source::Container.name()).or_default();
    if let Some(found) = of_containers.sources.get(Source::Container.name()) {
        entry.clone_from(found);
    }
    report.quarantined += of_containers.quarantined;
    report.quarantine.extend(of_containers.quarantine);
    match asked {
        Err(why) => {
            entry.note = Some(format!("skipped: {why}"));
            entry.failed = is_asked_for;
        }
        Ok(silent) if !silent.is_empty() => {
            entry.note = Some(format!("could not read {}", silent.join(", ")));
        }
        Ok(_) => entry.note = None,
    }
    if entry.failed {
        report.status = "failed";
    } else if of_containers.quarantined > 0 && report.status == "clean" {
        report.status = "quarantined";
    }
    Ok(())
}

/// Sends the lines of every container of the stack; returns those that could not be read.
async fn ask(
    ctx: &Context,
    since: &(dyn Fn(&str) -> i64 + Sync),
    lines: SyncSender<ContainerLine>,
) -> Asked {
    let engine = Engine::new(place::endpoint(ctx));
    let project = match place::find(ctx, &engine).await {
        Ok(Place::Found(project, _, _)) => project,
        Ok(Place::EngineAway(error)) => return Err(error.to_string()),
        Err(failure) => return Err(failure.to_string()),
    };
    let members = engine.members(&project).await;
    let mut silent = Vec::new();
    for member in members.map_err(|error| error.to_string())? {
        let name = member.slot.to_string();
        let Reading::Known(container) = member.container else {
            silent.push(name);
            continue;
        };
        let mut each = |at_ns: i64, bytes: Vec<u8>| {
            let container = name.clone();
            lines
                .send(ContainerLine {
                    container,
                    at_ns,
                    bytes,
                })
                .is_ok()
        };
        let read = engine.lines_since(&container.id, since(&name), &mut each);
        if read.await.is_err() {
            silent.push(name);
        }
    }
    Ok(silent)
}
