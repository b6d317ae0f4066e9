//! The stand-in for WiCAP: one static program that plays every service of the stack.
//!
//! It has WiCAP's service keys, ports, health answers and log formats and none of its code. Faults
//! are files in a folder that is mounted into each container; `ctl` sets and clears them and
//! `ctl watch` runs beside the engine to end those that a restart cures.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

mod ctl;
mod engine;
mod faults;
mod healthcheck;
mod http;
mod lifecycle;
mod lines;
mod processor;
mod queue;
mod redis_server;
mod scout;
mod ui;
mod watch;

/// The WiCAP stand-in.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

/// What this process plays.
#[derive(Subcommand)]
enum Role {
    /// The dashboard: `/health`, the status page's data, the internal push.
    Ui,
    /// The event processor: takes events off the queue, writes its files, pushes to the UI.
    Processor,
    /// The sensor: puts events on the queue.
    Scout,
    /// Starts and supervises a real Redis server, unless `redis_down` is set.
    Redis {
        /// The server and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Exits 0 when what it looks at is well: the images have no curl.
    Healthcheck {
        #[command(subcommand)]
        target: healthcheck::Target,
    },
    /// Sets, clears and lists faults, from the host.
    Ctl {
        /// The folder of switches that is mounted into the containers.
        #[arg(long)]
        faults: PathBuf,
        /// What the container names begin with.
        #[arg(long, default_value = "wicap")]
        prefix: String,
        #[command(subcommand)]
        order: ctl::Order,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Arguments::parse().role {
        Role::Ui => lifecycle::live("ui", ui::serve).await,
        Role::Processor => lifecycle::live("processor", processor::work).await,
        Role::Scout => lifecycle::live("scout", scout::work).await,
        Role::Redis { command } => {
            lifecycle::live("redis", |service| redis_server::supervise(service, command)).await
        }
        Role::Healthcheck { target } => healthcheck::run(target).await,
        Role::Ctl {
            faults,
            prefix,
            order,
        } => ctl::run(order, &faults::Folder::new(faults), &prefix).await,
    }
}
