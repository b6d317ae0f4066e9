use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::Serialize;

use super::{Context, Exit, Failure, Globals, Output, soak_run::trust_path};
use crate::{
    config::{
        ConfigError, Env, FILE_NAME, Mistake, Paths, Resolved, Shown, check_data_folder, template,
    },
    store::private::{make_folder, write_whole},
};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write a file in which every setting stands as a comment
    #[command(after_help = AFTER_INIT)]
    Init(InitArgs),
    /// Print every value and where it comes from
    #[command(after_help = AFTER_SHOW)]
    Show(JsonArgs),
    /// Trust a script of the watched repository as it is now
    #[command(after_help = AFTER_TRUST)]
    Trust(TrustArgs),
    /// Tell all mistakes, each with its file and line
    #[command(after_help = AFTER_CHECK)]
    Check(JsonArgs),
}

#[derive(Debug, clap::Args)]
struct InitArgs {
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
    /// Print the file instead of writing it
    #[arg(long, conflicts_with = "force")]
    stdout: bool,
}

#[derive(Debug, clap::Args)]
struct TrustArgs {
    /// The script
    path: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct JsonArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_INIT: &str = "\
The file is that of `--config FILE`, else `wicap-assist.toml` in the data folder.

Example: a file beside the compose file of a project
  wicap-assist config init --config ./wicap-assist.toml";

const AFTER_SHOW: &str = "\
The first of these wins: flags, environment, the file of `--config` or `wicap-assist.toml` in
the repository, `wicap-assist.toml` in the data folder, the built-in default.

Example:
  wicap-assist config show --project shop";

const AFTER_TRUST: &str = "\
Its place and SHA-256 are kept in the data folder. Changed, it is not trusted any more.

Example:
  wicap-assist config trust ../wicap/tests/soak_test.py";

const AFTER_CHECK: &str = "\
Ends with code 0 if there is no mistake, and with 2 if there is one.

Example:
  wicap-assist config check --config ./wicap-assist.toml";

/// Runs `config`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Init(args) => init(globals, args),
        Command::Show(args) => show(globals.resolve(), args.json),
        Command::Trust(args) => {
            let ctx = Context::new(&globals.flags())?;
            trust_path(&ctx, &args.path, args.json)
        }
        Command::Check(args) => check(globals.resolve(), args.json),
    }
}

fn init(globals: &Globals, args: &InitArgs) -> anyhow::Result<Exit> {
    let text = template();
    if args.stdout {
        Output::plain().raw(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let paths = Paths::find(&globals.flags(), &Env::from_process()).map_err(Failure::from)?;
    let path = match paths.config {
        Some(path) => path,
        None => {
            make_data_folder(&paths.data_dir)?;
            paths.data_dir.join(FILE_NAME)
        }
    };
    write(&path, &text, args.force)?;
    Output::plain().line(&format!("wrote {}", path.display()))?;
    Ok(Exit::Done)
}

fn make_data_folder(folder: &Path) -> anyhow::Result<()> {
    check_data_folder(folder).map_err(Failure::from)?;
    make_folder(folder)
        .with_context(|| format!("cannot make the data folder `{}`", folder.display()))
}

/// Writes the file; one that exists is replaced as a whole or not at all.
fn write(path: &Path, text: &str, force: bool) -> anyhow::Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    if path.is_dir() {
        anyhow::bail!("cannot write `{}`: it is a folder", path.display());
    }
    if !force {
        let mut options = OpenOptions::new();
        return match options.write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => file.write_all(text.as_bytes()).with_context(cannot),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let error = anyhow::anyhow!("`{}` exists", path.display());
                let hint = "`--force` replaces it, `--stdout` only prints the new one";
                Err(Failure::new(Exit::Error, error).hint(hint).into())
            }
            Err(error) => Err(error).with_context(cannot),
        };
    }
    write_whole(path, text.as_bytes(), 0o600).with_context(cannot)
}

#[derive(Serialize)]
struct ShowReport {
    files: Vec<String>,
    settings: Vec<Shown>,
    mistakes: Vec<MistakeLine>,
}

#[derive(Serialize)]
struct CheckReport {
    ok: bool,
    files: Vec<String>,
    mistakes: Vec<MistakeLine>,
}

#[derive(Serialize)]
struct MistakeLine {
    at: String,
    text: String,
}

fn show(resolved: Resolved, is_json: bool) -> anyhow::Result<Exit> {
    let output = Output::new(resolved.settings.color);
    let settings = resolved.settings.shown();
    if is_json {
        output.json(&ShowReport {
            files: files(&resolved),
            settings,
            mistakes: lines(&resolved.mistakes),
        })?;
    } else {
        output.raw(table(&settings).as_bytes())?;
    }
    refuse(resolved)
}

fn check(resolved: Resolved, is_json: bool) -> anyhow::Result<Exit> {
    let output = Output::new(resolved.settings.color);
    let files = files(&resolved);
    if is_json {
        output.json(&CheckReport {
            ok: resolved.mistakes.is_empty(),
            files,
            mistakes: lines(&resolved.mistakes),
        })?;
    } else if resolved.mistakes.is_empty() {
        let read = if files.is_empty() {
            "no file".to_owned()
        } else {
            files.join(", ")
        };
        output.line(&format!("no mistakes ({read})"))?;
    }
    refuse(resolved)
}

fn refuse(resolved: Resolved) -> anyhow::Result<Exit> {
    match resolved.into_result() {
        Ok(_) => Ok(Exit::Done),
        Err(ConfigError(mistakes)) => Err(Failure::from(ConfigError(mistakes)).into()),
    }
}

fn files(resolved: &Resolved) -> Vec<String> {
    let files = resolved.settings.paths.files.iter();
    files.map(|path| path.display().to_string()).collect()
}

fn lines(mistakes: &[Mistake]) -> Vec<MistakeLine> {
    let line = |mistake: &Mistake| MistakeLine {
        at: mistake.origin.to_string(),
        text: mistake.text.clone(),
    };
    mistakes.iter().map(line).collect()
}

fn table(settings: &[Shown]) -> String {
    let value = |one: &Shown| one.value.clone().unwrap_or_else(|| "-".to_owned());
    let width = |length: fn(&Shown) -> usize| settings.iter().map(length).max().unwrap_or(0);
    let name_width = width(|one| one.name.len());
    let value_width = width(|one| one.value.as_ref().map_or(1, String::len)).min(40);
    let mut text = String::new();
    for one in settings {
        let (name, source) = (&one.name, &one.source);
        let value = value(one);
        text.push_str(&format!(
            "{name:name_width$}  {value:value_width$}  {source}\n"
        ));
    }
    text
}
