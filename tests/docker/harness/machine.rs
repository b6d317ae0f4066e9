//! What this machine has for a stack: the program, the images, the compose command, ports.

use std::{
    env,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    docker::{docker, run},
    trial::Outcome,
};

const IMAGES: [&str; 2] = ["wicap-assist-standin:latest", "wicap-assist-redis:latest"];

/// What a stack needs beside the engine and is not here.
pub(super) fn missing() -> Option<String> {
    let what = if !program().exists() {
        "the stand-in is not built".to_owned()
    } else if compose_command().is_none() {
        "there is no compose command".to_owned()
    } else if let Err(error) = docker(&[&["image", "inspect"], &IMAGES[..]].concat()) {
        format!("the images of the stand-in are missing ({error})")
    } else {
        return None;
    };
    Some(format!("{what}; run scripts/setup.sh"))
}

/// The stand-in program: cargo builds examples beside the tests.
pub(super) fn program() -> PathBuf {
    let built = env::current_exe()
        .ok()
        .and_then(|test| Some(test.parent()?.parent()?.join("examples/standin")));
    match built {
        Some(path) if path.exists() => path,
        _ => root().join(".cache/images/standin/standin"),
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The plugin, else the older program.
pub(super) fn compose_command() -> Option<Command> {
    if docker(&["compose", "version"]).is_ok() {
        let mut command = Command::new("docker");
        command.arg("compose");
        return Some(command);
    }
    run(Command::new("docker-compose").arg("version"))
        .ok()
        .map(|_| Command::new("docker-compose"))
}

/// Compose of the second generation.
pub(crate) fn next_compose() -> PathBuf {
    root().join(".cache/compose/files/usr/local/bin/docker-compose")
}

/// The words before the arguments of compose.
pub(crate) fn compose_words() -> Outcome<Vec<String>> {
    let command = compose_command().ok_or("there is no compose command")?;
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    Ok(words
        .map(|word| word.to_string_lossy().into_owned())
        .collect())
}

/// Two ports that nobody listens on, held together so that they differ.
pub(super) fn free_ports() -> Outcome<[u16; 2]> {
    let held = [
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    ];
    let [first, second] = &held;
    Ok([first.local_addr()?.port(), second.local_addr()?.port()])
}
