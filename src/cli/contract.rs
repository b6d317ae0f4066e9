use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{
    Context, Exit, Failure, Globals, contract_check::CONTRACT_PATH, engine_facts, place::Place,
};
use crate::{
    knowledge::{
        contract::{Sketch, draft, parse},
        env_file::EnvFile,
    },
    model::Reading,
    world::contract_facts,
};

/// Arguments of `contract`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write a first contract from what runs now
    #[command(after_help = AFTER_INIT)]
    Init(InitArgs),
}

#[derive(Debug, clap::Args)]
struct InitArgs {
    /// Where to write it [default: ops/runtime-contract.v1.json in the repository]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Repository that the contract's paths are relative to
    #[arg(long, value_name = "FOLDER")]
    repo_root: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
    /// Print the contract instead of writing it
    #[arg(long, conflicts_with_all = ["force", "output"])]
    stdout: bool,
}

const AFTER_INIT: &str = "\
What is true now becomes what must stay true: read it before you rely on it.

Example:
  wicap-assist contract init --stdout";

/// Files of a repository that a first contract asks for if they are there.
const FILES: [&str; 5] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    ".env",
];

/// Runs `contract`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let place = Place::in_context(&ctx);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let sketch = runtime.block_on(engine_facts::sketch(&ctx));
    let sketch = match sketch {
        Reading::Known(sketch) => sketch,
        Reading::Unknown(why) => {
            let error = anyhow::anyhow!("cannot see what runs: {why}");
            return Err(Failure::new(Exit::Error, error).into());
        }
    };
    match &args.command {
        Command::Init(args) => init(args, &place, sketch),
    }
}

fn init(args: &InitArgs, place: &Place, mut sketch: Sketch) -> anyhow::Result<Exit> {
    let repo = args.repo_root.clone().unwrap_or_else(|| place.repo.clone());
    add_files(&mut sketch, &repo);
    let text = serde_json::to_string_pretty(&draft(&sketch))? + "\n";
    if let Err(mistakes) = parse(&text) {
        let list: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        let error = anyhow::anyhow!("what runs now makes no contract: {}", list.join("; "));
        let hint = "start the stack first, and name it with `--project` if there are several";
        return Err(Failure::new(Exit::Usage, error).hint(hint).into());
    }
    if args.stdout {
        place.output.raw(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let path = args
        .output
        .clone()
        .unwrap_or_else(|| repo.join(CONTRACT_PATH));
    write(&path, &text, args.force)?;
    place.output.line(&format!("wrote {}", path.display()))?;
    Ok(Exit::Done)
}

fn add_files(sketch: &mut Sketch, repo: &Path) {
    let is_there =
        |path: &&&str| matches!(contract_facts::text(repo, path), Reading::Known(Some(_)));
    sketch.files = FILES
        .iter()
        .filter(is_there)
        .map(|path| (*path).to_owned())
        .collect();
    if let Reading::Known(Some(text)) = contract_facts::text(repo, ".env") {
        let set = EnvFile::parse(&text).literals().into_iter();
        let set = set.filter(|(key, value)| key.starts_with("WICAP_") && !value.is_empty());
        sketch.env_keys = set.map(|(key, _)| key).collect();
    }
}

fn write(path: &Path, text: &str, is_forced: bool) -> anyhow::Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(true)
        .create_new(!is_forced);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let error = anyhow::anyhow!("`{}` exists", path.display());
            let hint = "`--force` replaces it, `--stdout` only shows the contract";
            return Err(Failure::new(Exit::Usage, error).hint(hint).into());
        }
        Err(error) => return Err(error).with_context(cannot),
    };
    file.write_all(text.as_bytes()).with_context(cannot)
}
