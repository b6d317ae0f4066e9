//! What several modules of tests share.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Folder of the fixtures.
pub(crate) fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(path)
}

/// The folder with the evaluation sets and scripts, or a printed reason why the test is skipped.
#[expect(clippy::print_stdout, reason = "a skipped test says why")]
pub(crate) fn eval_dir(test: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("WICAP_ASSIST_EVAL_DIR") else {
        println!("skipped {test}: WICAP_ASSIST_EVAL_DIR is not set");
        return None;
    };
    Some(PathBuf::from(folder))
}

/// What a run of the binary gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the binary with `input` on its standard input.
pub(crate) fn wicap_assist(args: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wicap-assist"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built with this test");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child
        .wait_with_output()
        .expect("the child was started here");
    let _ = writer.join();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Grouping accuracy (lines in a group that equals its true one) and F1 over groups.
pub(crate) fn grouping<T: Ord>(truth: &[T], predicted: &[String]) -> (f64, f64) {
    assert_eq!(truth.len(), predicted.len(), "one id a line");
    let (true_sets, predicted_sets) = (sets(truth), sets(predicted));
    let exact: Vec<&Vec<usize>> = true_sets.intersection(&predicted_sets).collect();
    let right: usize = exact.iter().map(|lines| lines.len()).sum();
    let precision = exact.len() as f64 / predicted_sets.len() as f64;
    let recall = exact.len() as f64 / true_sets.len() as f64;
    let f1 = if exact.is_empty() {
        0.0
    } else {
        2.0 * precision * recall / (precision + recall)
    };
    (right as f64 / truth.len() as f64, f1)
}

fn sets<T: Ord>(labels: &[T]) -> BTreeSet<Vec<usize>> {
    let mut groups: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
    for (line, label) in labels.iter().enumerate() {
        groups.entry(label).or_default().push(line);
    }
    groups.into_values().collect()
}
