//! Sets, clears and lists faults from the host.

use std::{collections::BTreeMap, io, process::ExitCode};

use clap::{Subcommand, ValueEnum as _};
use rustix::process::Signal;

use crate::{
    engine,
    faults::{Cure, Fault, Folder, Switch, now_ms},
    lines, watch,
};

/// What to do with the switches.
#[derive(Subcommand)]
pub(crate) enum Order {
    /// Set a fault, and do from the host what it needs there.
    Set {
        /// The service's compose key.
        service: String,
        fault: Fault,
        /// Numbers that shape the fault, such as `code=3`.
        #[arg(value_parser = parameter)]
        params: Vec<(String, u64)>,
        /// What ends it; default: what usually ends such a fault.
        #[arg(long)]
        clear_on: Vec<Cure>,
    },
    /// Clear one fault, all of a service, or all, and undo what was done from the host.
    Clear {
        service: Option<String>,
        fault: Option<Fault>,
    },
    /// List the switches that are set.
    List,
    /// End the faults that a restart cures, as long as it runs.
    Watch {
        /// End when stdin is closed.
        #[arg(long)]
        while_stdin: bool,
    },
}

/// Carries out the order: 0 done, 1 could not.
pub(crate) async fn run(order: Order, folder: &Folder, prefix: &str) -> ExitCode {
    let done = match order {
        Order::Set {
            service,
            fault,
            params,
            clear_on,
        } => {
            let switch = Switch {
                params: params.into_iter().collect::<BTreeMap<_, _>>(),
                clear_on,
                set_at_ms: now_ms(),
            };
            set(folder, prefix, &service, (fault, switch)).await
        }
        Order::Clear { service, fault } => clear(folder, prefix, service, fault).await,
        Order::List => {
            list(folder);
            Ok(())
        }
        Order::Watch { while_stdin } => {
            watch::run(folder, prefix, while_stdin).await;
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            lines::err(&format!("standin: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn set(
    folder: &Folder,
    prefix: &str,
    service: &str,
    (fault, switch): (Fault, Switch),
) -> io::Result<()> {
    let container = format!("{prefix}-{service}");
    if fault == Fault::Paused {
        // Before its switch: a service with this switch that is not paused counts as cured.
        engine::docker(&["pause", &container]).await?;
    }
    folder.set(service, fault, &switch)?;
    let done = match fault {
        Fault::Hang => engine::signal_all(&container, Signal::STOP).await,
        Fault::Killed => engine::signal_main(&container, Signal::KILL).await,
        Fault::Stopped => engine::docker(&["stop", &container]).await.map(drop),
        Fault::Paused => Ok(()),
        Fault::CrashOnce
        | Fault::CrashLoop
        | Fault::Unhealthy
        | Fault::SlowStart
        | Fault::RedisDown
        | Fault::DegradedDb
        | Fault::Flap => return Ok(()),
    };
    match done {
        Ok(()) => {
            folder.log(service, Some(fault), "hit", "ctl")?;
            if switch.is_cured_by(fault, Cure::Hit) {
                folder.clear(service, fault, "hit")?;
            }
            Ok(())
        }
        Err(error) => {
            folder.clear(service, fault, "failed")?;
            Err(error)
        }
    }
}

async fn clear(
    folder: &Folder,
    prefix: &str,
    service: Option<String>,
    fault: Option<Fault>,
) -> io::Result<()> {
    for (set_service, set_fault, _) in folder.list() {
        if service.as_ref().is_some_and(|only| *only != set_service)
            || fault.is_some_and(|only| only != set_fault)
        {
            continue;
        }
        folder.clear(&set_service, set_fault, "ctl")?;
        let container = format!("{prefix}-{set_service}");
        match set_fault {
            Fault::Hang => engine::signal_all(&container, Signal::CONT).await?,
            Fault::Stopped => drop(engine::docker(&["start", &container]).await?),
            Fault::Paused => drop(engine::docker(&["unpause", &container]).await?),
            Fault::CrashOnce
            | Fault::CrashLoop
            | Fault::Unhealthy
            | Fault::SlowStart
            | Fault::RedisDown
            | Fault::Killed
            | Fault::DegradedDb
            | Fault::Flap => (),
        }
    }
    Ok(())
}

fn list(folder: &Folder) {
    for (service, fault, switch) in folder.list() {
        let cures: Vec<String> = match switch.clear_on.as_slice() {
            [] => vec![fault.usual_cure()],
            listed => listed.to_vec(),
        }
        .iter()
        .filter_map(|cure| Some(cure.to_possible_value()?.get_name().to_owned()))
        .collect();
        let params: Vec<String> = switch
            .params
            .iter()
            .map(|(name, value)| format!(" {name}={value}"))
            .collect();
        lines::out(&format!(
            "{service} {}{} (ends by: {})",
            fault.name(),
            params.concat(),
            cures.join(", ")
        ));
    }
}

fn parameter(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is NAME=NUMBER")?;
    let number = value
        .parse()
        .map_err(|_| format!("`{value}` is no number"))?;
    Ok((name.to_owned(), number))
}
