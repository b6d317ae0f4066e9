//! A script of the watched repository runs only as the operator has seen it.

use std::path::Path;

use super::plan::Plan;
use crate::{
    cli::{Context, Exit, Failure, terminal::Terminal},
    ingest::git_state,
    model::Redacted,
    store::{Digest, TrustBook, Trusted, script_digest},
    world::{actor, now},
};

/// Lets a harness pass that is trusted; asks once on a terminal for one that is not.
///
/// # Errors
///
/// Fails if it is not trusted.
pub(super) fn check(ctx: &Context, plan: &Plan, named: Option<&str>) -> anyhow::Result<()> {
    let found = plan.digest.to_string();
    if let Some(named) = named {
        if named.eq_ignore_ascii_case(&found) {
            return Ok(());
        }
        let error = anyhow::anyhow!(
            "the harness `{}` has SHA-256 {found}, not {named}",
            plan.script.display()
        );
        return Err(Failure::new(Exit::Usage, error)
            .hint("look at what changed in it")
            .into());
    }
    let mut book = TrustBook::open(&ctx.settings.paths.data_dir)?;
    if book.has(&plan.script, plan.digest) {
        return Ok(());
    }
    let git = git_state(&plan.script);
    let change = match book.knew(&plan.script) {
        true => "; it was trusted with another content",
        false => "",
    };
    let Some(terminal) = Terminal::open()? else {
        return Err(untrusted(plan, &git, change).into());
    };
    terminal.tell("This harness is not trusted yet:");
    terminal.tell(&format!("  file    {}", plan.script.display()));
    terminal.tell(&format!("  sha256  {found}"));
    terminal.tell(&format!("  git     {git}{change}"));
    if !terminal.confirm("Trust it as it is, and run it?", false)? {
        return Err(untrusted(plan, &git, change).into());
    }
    book.add(entry(&plan.script, plan.digest, &git))?;
    Ok(())
}

fn untrusted(plan: &Plan, git: &str, change: &str) -> Failure {
    let script = plan.script.display();
    let error = anyhow::anyhow!(
        "the harness `{script}` is not trusted (SHA-256 {}, {git}{change})",
        plan.digest
    );
    Failure::new(Exit::Usage, error).hint(format!(
        "read it, then `wicap-assist config trust {script}`, or for one run \
         `--trust-harness {}`",
        plan.digest
    ))
}

/// Runs `config trust PATH`.
pub(in crate::cli) fn trust_path(
    ctx: &Context,
    path: &Path,
    is_json: bool,
) -> anyhow::Result<Exit> {
    let (real, digest) = script_digest(path).map_err(|error| Failure::new(Exit::Usage, error))?;
    ctx.check_data_folder()?;
    let git = git_state(&real);
    let mut book = TrustBook::open(&ctx.settings.paths.data_dir)?;
    let trusted = entry(&real, digest, &git);
    book.add(trusted.clone())?;
    match is_json {
        true => ctx.output.json(&trusted)?,
        false => ctx.output.line(&format!(
            "trusted {}\nsha256  {digest}\ngit     {git}",
            real.display()
        ))?,
    }
    Ok(Exit::Done)
}

fn entry(path: &Path, digest: Digest, git: &str) -> Trusted {
    Trusted {
        path: path.to_owned(),
        sha256: digest.to_string(),
        at: now(),
        by: actor().user,
        git: Redacted::from_raw(git),
    }
}
