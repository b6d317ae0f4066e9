//! The health checks: scratch images have neither curl nor Python.

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use clap::Subcommand;
use tokio::{net::TcpStream, time::timeout};

use crate::{
    faults::{Fault, Folder},
    http, lines,
};

/// The engine's own limit is shorter; this one only ends what was run by hand.
const LIMIT: Duration = Duration::from_secs(10);

/// What to look at.
#[derive(Subcommand)]
pub(crate) enum Target {
    /// An address that must answer below 400, as `curl -f` judges.
    Url { url: String },
    /// A `host:port` that must accept.
    Tcp { address: String },
    /// A file that must have been written within the last seconds.
    File { path: PathBuf, age_max_secs: u64 },
    /// Nothing, as WiCAP's core image does by importing a module: well while the process is there.
    Import { service: String },
}

/// Looks once, says what it saw, and exits 0 or 1.
pub(crate) async fn run(target: Target) -> ExitCode {
    let seen = match target {
        Target::Url { url } => answers(&url).await,
        Target::Tcp { address } => timeout(LIMIT, TcpStream::connect(&address))
            .await
            .map_err(|_| format!("{address} does not answer"))
            .and_then(|connected| connected.map_err(|error| format!("{address}: {error}")))
            .map(|_| format!("{address} accepts")),
        Target::File { path, age_max_secs } => is_fresh(&path, age_max_secs),
        Target::Import { service } => match Folder::mounted().get(&service, Fault::Unhealthy) {
            None => Ok("imported".to_owned()),
            Some(_) => Err("ImportError: cannot import name 'NexusConfig'".to_owned()),
        },
    };
    match seen {
        Ok(text) => {
            lines::out(&text);
            ExitCode::SUCCESS
        }
        Err(text) => {
            lines::err(&text);
            ExitCode::FAILURE
        }
    }
}

async fn answers(url: &str) -> Result<String, String> {
    let request = http::Request {
        method: "GET",
        url,
        headers: &[],
        body: "",
    };
    match http::send(request, LIMIT).await {
        Ok((status, body)) if status < 400 => Ok(body),
        Ok((status, _)) => Err(format!("the requested URL returned error: {status}")),
        Err(error) => Err(format!("failed to connect to {url}: {error}")),
    }
}

fn is_fresh(path: &std::path::Path, age_max_secs: u64) -> Result<String, String> {
    let age = fs::metadata(path)
        .and_then(|meta| meta.modified())
        .map_err(|error| format!("{}: {error}", path.display()))?
        .elapsed()
        .unwrap_or_default();
    if age.as_secs() <= age_max_secs {
        Ok(format!("{} is {} s old", path.display(), age.as_secs()))
    } else {
        Err(format!("{} is {} s old", path.display(), age.as_secs()))
    }
}
