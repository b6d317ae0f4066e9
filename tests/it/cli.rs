//! The binary, as a person runs it.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;
use wicap_assist::cli::Cli;

/// Runs the binary in a folder of its own with nothing in its environment.
fn run(folder: &TempDir, line: &str) -> Output {
    command(folder, line).output().unwrap()
}

fn command(folder: &TempDir, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
    command
        .args(line.split_whitespace())
        .env_clear()
        .env("HOME", folder.path())
        .env("WICAP_ASSIST_DATA_DIR", folder.path().join("data"))
        .current_dir(folder.path());
    command
}

/// The code, and what stands on stdout and stderr with the folder cut away.
fn told(folder: &TempDir, line: &str) -> (i32, String, String) {
    let output = run(folder, line);
    let prefix = format!("{}/", folder.path().display());
    let text = |bytes: &[u8]| {
        String::from_utf8(bytes.to_owned())
            .unwrap()
            .replace(&prefix, "")
    };
    let code = output.status.code().unwrap();
    (code, text(&output.stdout), text(&output.stderr))
}

#[track_caller]
fn check(line: &str, expected: (i32, &str, &str)) {
    let folder = TempDir::new().unwrap();
    let (code, stdout, stderr) = told(&folder, line);
    assert_eq!(expected, (code, &*stdout, &*stderr), "{line}");
}

/// The code, and a piece of what stands on stderr.
#[track_caller]
fn check_code(line: &str, code: i32, piece: &str) {
    let folder = TempDir::new().unwrap();
    let (found, _, stderr) = told(&folder, line);
    assert_eq!(code, found, "{line}: {stderr}");
    assert!(stderr.contains(piece), "{line}: {stderr}");
}

#[test]
fn the_code_tells_how_it_ended() {
    check("config check", (0, "no mistakes (no file)\n", ""));
    check_code("", 2, "Usage: wicap-assist");
    check_code("livee", 2, "unrecognized subcommand 'livee'");
    check_code("live --bogus", 2, "unexpected argument '--bogus'");
    check_code("live --json --plain", 2, "cannot be used with");
    check_code(
        "config check --data-dir a --db b/x.db",
        2,
        "cannot be used with",
    );
    check_code("config check -v -q", 2, "cannot be used with");
    check_code("completions tcsh", 2, "invalid value 'tcsh'");
    check_code(
        "live --control-mode god",
        2,
        "--control-mode: `god` is not a control mode",
    );
}

#[test]
fn a_mistake_is_told_with_a_hint_and_code_2() {
    check(
        "config check --color sometimes",
        (
            2,
            "",
            "wicap-assist: --color: `sometimes` is none of auto, always, never\n\
             hint: `wicap-assist config init --stdout` shows every setting with its default\n",
        ),
    );
    check(
        "live --interval 0 --control-check-threshold x",
        (
            2,
            "",
            "wicap-assist: 2 mistakes in the configuration\n  \
             --interval: `0` is too short; the least is 100ms\n  \
             --control-check-threshold: `x` is not a whole number\n\
             hint: `wicap-assist config init --stdout` shows every setting with its default\n",
        ),
    );
}

#[test]
fn check_tells_mistakes_as_json_too() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("c.toml"), "[policy]\nsettle = []").unwrap();
    let (code, stdout, _) = told(&folder, "config check --json --config c.toml");
    assert_eq!(2, code);
    assert_eq!(
        "{\"ok\":false,\"files\":[\"c.toml\"],\"mistakes\":[{\"at\":\"c.toml:2\",\
         \"text\":\"`policy.settle`: a list is not a duration\"}]}\n",
        stdout
    );
}

#[test]
fn show_tells_every_value_and_its_origin() {
    let folder = TempDir::new().unwrap();
    let (code, stdout, _) = told(&folder, "config show --project shop");
    assert_eq!(0, code);
    let line = stdout
        .lines()
        .find(|line| line.starts_with("stack.project"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(["stack.project", "shop", "--project"], words[..]);
    let (_, json, _) = told(&folder, "config show --json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let first = serde_json::json!(
        {"name": "data_dir", "value": "data", "source": "WICAP_ASSIST_DATA_DIR"}
    );
    assert_eq!(first, json["settings"][0]);
}

#[test]
fn init_writes_a_file_that_check_accepts() {
    let folder = TempDir::new().unwrap();
    let wrote = "wrote data/wicap-assist.toml\n".to_owned();
    assert_eq!(
        (0, wrote.clone(), String::new()),
        told(&folder, "config init")
    );
    let (code, stdout, _) = told(&folder, "config check");
    assert_eq!(
        (0, "no mistakes (data/wicap-assist.toml)\n"),
        (code, &*stdout)
    );
    let (code, _, stderr) = told(&folder, "config init");
    assert_eq!(1, code);
    assert_eq!(
        "wicap-assist: `data/wicap-assist.toml` exists\n\
         hint: `--force` replaces it, `--stdout` only prints the new one\n",
        stderr
    );
    assert_eq!(
        (0, wrote, String::new()),
        told(&folder, "config init --force")
    );
    let (_, printed, _) = told(&folder, "config init --stdout");
    let written = fs::read_to_string(folder.path().join("data/wicap-assist.toml"));
    assert_eq!(printed, written.unwrap());
    let (code, stdout, _) = told(&folder, "config init --config mine.toml");
    assert_eq!((0, "wrote mine.toml\n"), (code, &*stdout));
}

#[test]
fn a_data_folder_that_is_a_file_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data"), "").unwrap();
    for line in ["live --once", "config init"] {
        let (code, _, stderr) = told(&folder, line);
        let expected = "wicap-assist: the data folder `data` is not a folder\n\
             hint: name a folder with `--data-dir FOLDER` or WICAP_ASSIST_DATA_DIR\n";
        assert_eq!((1, expected), (code, &*stderr), "{line}");
    }
}

#[test]
fn without_an_engine_it_says_so_once_and_ends() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let config = "[engine]\nhost = 'unix:///nonexistent'\n";
    fs::write(folder.path().join("data/wicap-assist.toml"), config).unwrap();
    for mode in ["observe", "assist"] {
        let line = format!("live --once --json --control-mode {mode}");
        let (code, stdout, stderr) = told(&folder, &line);
        let names: Vec<String> = stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(0, code, "{stderr}");
        assert_eq!(
            ["session_started", "engine_unseen", "session_ended"],
            names[..]
        );
        let said: Vec<&str> = stderr.lines().collect();
        assert_eq!(2, said.len(), "{stderr}");
        assert_eq!("nothing can be seen yet", said[0]);
        assert!(said[1].starts_with("the ledger ends with "), "{stderr}");
    }
    assert_eq!(0, told(&folder, "ledger verify").0);
}

#[test]
fn live_refuses_what_it_cannot_use_with_a_next_step() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("broken.toml", b"[policy\nsettle = 1\n");
    write("bytes.toml", &[0xff, 0x00, 0xfe]);
    fs::create_dir_all(folder.path().join("garbage")).unwrap();
    write("garbage/ledger.db", &[0x5a; 9_000]);
    fs::create_dir_all(folder.path().join("folder/ledger.db")).unwrap();
    for (line, code, piece) in [
        ("--config broken.toml", 2, "broken.toml:1: unclosed table"),
        ("--config bytes.toml", 2, "bytes.toml: cannot read the file"),
        (
            "--config absent.toml",
            2,
            "absent.toml: cannot read the file",
        ),
        (
            "--data-dir /proc/nobody",
            1,
            "cannot make the data folder `/proc/nobody`",
        ),
        ("--data-dir garbage", 1, "is damaged"),
        ("--data-dir folder", 1, "cannot open the ledger"),
        (
            "--project two.words!",
            2,
            "--project: `two.words!` is not a project name",
        ),
    ] {
        let live = ["live", "--once", "--control-mode", "assist"];
        let output = command(&folder, line)
            .args(live)
            .env("DOCKER_HOST", "unix:///nonexistent")
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(Some(code), output.status.code(), "{line}: {stderr}");
        assert!(stderr.starts_with("wicap-assist: "), "{line}: {stderr}");
        assert!(stderr.contains(piece), "{line}: {stderr}");
        assert!(stderr.contains("\nhint: "), "{line}: {stderr}");
        assert!(output.stdout.is_empty(), "{line}");
    }
}

#[test]
fn a_reader_that_goes_away_is_success() {
    let folder = TempDir::new().unwrap();
    for line in ["config show", "config init --stdout", "completions bash"] {
        let mut child = command(&folder, line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((Some(0), ""), (output.status.code(), &*stderr), "{line}");
    }
}

#[test]
fn the_help_is_calm_and_exact() {
    let mut text = String::new();
    let mut root = Cli::description();
    root.build();
    each_command(&root, &mut |path, command| {
        let help = command.clone().render_long_help();
        text.push_str(&format!("=== {path}\n{help}\n"));
    });
    insta::assert_snapshot!("help", text);
}

#[test]
fn every_command_has_an_example_and_every_flag_a_meaning() {
    let mut root = Cli::description();
    root.build();
    each_command(&root, &mut |path, command| {
        let help = command.get_after_help().map(ToString::to_string);
        let has_example = help.is_some_and(|help| help.contains("Example"));
        assert!(
            has_example || command.has_subcommands(),
            "{path} has no example"
        );
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some(),
                "{path}: {} has no help",
                argument.get_id()
            );
        }
    });
}

#[test]
fn every_flag_of_the_reference_exists() {
    let mut flags = BTreeSet::new();
    let mut root = Cli::description();
    root.build();
    each_command(&root, &mut |_, command| {
        for argument in command.get_arguments() {
            flags.extend(argument.get_long().map(|long| format!("--{long}")));
            flags.extend(argument.get_short().map(|short| format!("-{short}")));
        }
    });
    let reference = wicap_assist::config::reference();
    let table = reference.split("## Environment").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.split(" | ").nth(2));
    for flag in cells
        .flat_map(|cell| cell.split(", "))
        .filter(|cell| cell.starts_with('`'))
    {
        let flag = flag.trim_matches('`').replace("-vv", "-v");
        assert!(flags.contains(&flag), "{flag}");
    }
}

/// Visits the commands, but not clap's own `help`.
fn each_command(command: &clap::Command, visit: &mut dyn FnMut(&str, &clap::Command)) {
    fn walk(path: &str, command: &clap::Command, visit: &mut dyn FnMut(&str, &clap::Command)) {
        visit(path, command);
        for below in command
            .get_subcommands()
            .filter(|one| one.get_name() != "help")
        {
            walk(&format!("{path} {}", below.get_name()), below, visit);
        }
    }
    walk(command.get_name(), command, visit);
}
