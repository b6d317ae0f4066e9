//! How well lines are grouped and failures found, against known truth.

use std::fs;
use std::path::Path;
use std::process::Command;

use wicap_assist::knowledge::signature::{Engine, Limits, Prepared};

use crate::support::{data, eval_dir, grouping, wicap_assist};

/// The public sets that the evaluation folder holds.
const SETS: [&str; 8] = [
    "Android",
    "HDFS",
    "HPC",
    "Hadoop",
    "Linux",
    "OpenStack",
    "Proxifier",
    "Zookeeper",
];
const MEAN_GROUPING_MIN: f64 = 0.85;
const MEAN_GROUP_F1_MIN: f64 = 0.70;
const RAW_DISTANCE_MAX: f64 = 0.05;
const WICAP_GROUPING_MIN: f64 = 0.95;

struct Labelled {
    group: String,
    is_failure: bool,
    line: String,
}

/// Lines in the formats of WiCAP, written for this test: group, `F` for a failure, line.
fn wicap() -> Vec<Labelled> {
    let text = fs::read_to_string(data("signature/wicap.tsv"))
        .expect("the corpus is part of the repository");
    let rows = text.lines().map(|row| {
        let fields: Vec<&str> = row.splitn(3, '\t').collect();
        Labelled {
            group: fields[0].to_owned(),
            is_failure: fields[1] == "F",
            line: fields[2].to_owned(),
        }
    });
    rows.collect()
}

fn final_ids<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut engine = Engine::new(Limits::default());
    let given: Vec<_> = lines.map(|line| engine.line(line.as_bytes())).collect();
    given
        .iter()
        .map(|id| engine.resolve(*id).to_string())
        .collect()
}

#[test]
fn the_formats_of_wicap_are_grouped() {
    let rows = wicap();
    let truth: Vec<&str> = rows.iter().map(|row| row.group.as_str()).collect();
    let (accuracy, f1) = grouping(&truth, &final_ids(rows.iter().map(|row| row.line.as_str())));
    println!("WiCAP formats: GA {accuracy:.3} FGA {f1:.3}");
    assert!(
        accuracy >= WICAP_GROUPING_MIN,
        "grouping accuracy {accuracy}"
    );
    assert!(f1 >= WICAP_GROUPING_MIN, "F1 over groups {f1}");
}

#[test]
fn the_failures_of_wicap_are_told_from_its_noise() {
    let mut prepared = Prepared::default();
    for row in wicap() {
        prepared.read(row.line.as_bytes());
        assert_eq!(
            prepared.severity().is_failure(),
            row.is_failure,
            "{}",
            row.line
        );
    }
}

/// `EventId` and `Content` of each row; `Content` is the last column and may be quoted.
fn truth(path: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).expect("the evaluation folder holds the truth of each set");
    let rows = text.lines().skip(1).map(|row| {
        let fields: Vec<&str> = row.splitn(3, ',').collect();
        let content = fields[2].trim_end_matches('\r');
        let inner = content
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        (
            fields[1].to_owned(),
            inner.map_or(content.to_owned(), |inner| inner.replace("\"\"", "\"")),
        )
    });
    rows.collect()
}

#[test]
fn public_sets_are_grouped_with_one_setting() {
    let Some(folder) = eval_dir("public_sets_are_grouped_with_one_setting") else {
        return;
    };
    let mut sums = [0.0; 4];
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>8}",
        "set", "GA", "FGA", "raw GA", "raw FGA"
    );
    for set in SETS {
        let sets = folder.join("data/loghub");
        let rows = truth(&sets.join(format!("{set}_2k.truth.csv")));
        let groups: Vec<&str> = rows.iter().map(|(group, _)| group.as_str()).collect();
        let (accuracy, f1) = grouping(
            &groups,
            &final_ids(rows.iter().map(|(_, content)| content.as_str())),
        );
        let log = fs::read(sets.join(format!("{set}_2k.log"))).unwrap();
        let log = String::from_utf8_lossy(&log).into_owned();
        let (raw_accuracy, raw_f1) = grouping(&groups, &final_ids(log.lines()));
        println!("{set:<12} {accuracy:>8.3} {f1:>8.3} {raw_accuracy:>8.3} {raw_f1:>8.3}");
        for (sum, value) in sums.iter_mut().zip([accuracy, f1, raw_accuracy, raw_f1]) {
            *sum += value / SETS.len() as f64;
        }
    }
    let [accuracy, f1, raw_accuracy, raw_f1] = sums;
    println!(
        "{:<12} {accuracy:>8.3} {f1:>8.3} {raw_accuracy:>8.3} {raw_f1:>8.3}",
        "mean"
    );
    assert!(accuracy >= MEAN_GROUPING_MIN && f1 >= MEAN_GROUP_F1_MIN);
    assert!((accuracy - raw_accuracy).abs() <= RAW_DISTANCE_MAX);
}

#[test]
fn planted_failures_are_found_and_named() {
    let Some(folder) = eval_dir("planted_failures_are_found_and_named") else {
        return;
    };
    let bench = folder.join("bench");
    for seed in ["2", "5"] {
        let corpus = tempfile::tempdir().unwrap();
        let made = python(
            &bench.join("gen_corpus.py"),
            &[
                "--out",
                text(corpus.path()),
                "--scale",
                "small",
                "--seed",
                seed,
            ],
        );
        assert!(made.is_some(), "the corpus could not be made");
        let root = corpus.path().join("wicap");
        let mut args = vec![
            "signatures".to_owned(),
            "--failures".to_owned(),
            "--tsv".to_owned(),
        ];
        args.extend(["--root".to_owned(), text(&root).to_owned()]);
        args.extend(
            logs(corpus.path())
                .iter()
                .map(|name| text(&root.join(name)).to_owned()),
        );
        let ran = wicap_assist(&args.iter().map(String::as_str).collect::<Vec<_>>(), b"");
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let tsv = corpus.path().join("failures.tsv");
        fs::write(&tsv, ran.stdout).unwrap();
        let scored = python(
            &bench.join("eval_extraction.py"),
            &["--corpus", text(corpus.path()), "--tsv", text(&tsv)],
        );
        let scored: serde_json::Value = serde_json::from_str(&scored.unwrap()).unwrap();
        let value = |key: &str| scored[key].as_f64().unwrap();
        println!(
            "seed {seed}: recall {} precision {} purity {} fragmentation {}",
            value("occurrence_recall"),
            value("precision_lines"),
            value("purity"),
            value("fragmentation_mean")
        );
        assert!(value("occurrence_recall") >= 0.99 && value("primary_recall") >= 0.99);
        assert!(value("precision_lines") >= 0.95);
        assert!(value("purity") >= 0.98);
        assert!(value("fragmentation_mean") <= 1.1);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

fn python(script: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("python3")
        .arg(script)
        .args(args)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The logs that the truth of the corpus names.
fn logs(corpus: &Path) -> Vec<String> {
    let truth = fs::read_to_string(corpus.join("truth.json")).expect("a corpus has its truth");
    let truth: serde_json::Value = serde_json::from_str(&truth).expect("the truth is JSON");
    truth["files"]
        .as_object()
        .expect("the truth names the files")
        .keys()
        .cloned()
        .collect()
}
