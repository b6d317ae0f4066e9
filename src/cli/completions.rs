use clap_complete::Shell;

use super::{Cli, Exit, Output};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist completions bash > \
    ~/.local/share/bash-completion/completions/wicap-assist")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut Cli::description(),
        "wicap-assist",
        &mut script,
    );
    Output::plain().raw(&script)?;
    Ok(Exit::Done)
}
