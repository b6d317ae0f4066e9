//! The command `signatures`, run as a user runs it.

use std::fs;
use std::io::Write;

use crate::support::wicap_assist;

const LOG: &[u8] = b"2026-03-04 05:06:07,089 INFO [p] batch 12 done\r\n\
2026-03-04 05:06:08,089 INFO [p] batch 13 done\n\
2026-03-04 05:06:09,089 ERROR [p] worker 3 crashed\n\
Traceback (most recent call last):\n  File \"/a/b.py\", line 3, in run\n    step()\nKeyError: 'x'\n\
10%\r20%\rno end";

fn ids(output: &str) -> Vec<&str> {
    output.lines().collect()
}

#[test]
fn every_line_gets_an_id_even_the_unterminated_last() {
    let ran = wicap_assist(&["signatures", "--per-line", "-"], LOG);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ids = ids(&ran.stdout);
    assert_eq!(ids.len(), 10);
    assert!(
        ids.iter()
            .all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()))
    );
    assert_eq!(ids[0], ids[1], "the same line with another number");
    assert_eq!(ids[7], ids[8], "a progress bar");
    assert_ne!(ids[2], ids[3], "lines of a block keep ids of their own");
    assert!(
        ran.stderr.is_empty(),
        "no bar without a terminal: {}",
        ran.stderr
    );
}

#[test]
fn failures_come_first_with_times_and_frames() {
    let ran = wicap_assist(&["signatures", "--json", "--v1", "-"], LOG);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["lines"], 10);
    assert_eq!(document["failures"], 1);
    let rows = document["rows"].as_array().unwrap();
    assert_eq!(rows[0]["failure"], true);
    assert_eq!(rows[0]["category"], "error");
    assert_eq!(rows[0]["frame"], "b.py:run");
    assert_eq!(rows[0]["first"], "2026-03-04T05:06:09");
    assert_eq!(rows[0]["v1"], "keyerror: 'x'");
    assert_eq!(rows[1]["count"], 2);
    assert_eq!(rows[1]["template"], "batch <n> done");
    assert_eq!(rows[1]["first"], "2026-03-04T05:06:07");
    assert_eq!(rows[1]["last"], "2026-03-04T05:06:08");
    let table = wicap_assist(&["signatures", "--failures", "--top", "1", "-"], LOG);
    assert!(table.stdout.starts_with("10 lines, "), "{}", table.stdout);
    assert!(table.stdout.contains("FAIL") && !table.stdout.contains("batch"));
}

#[test]
fn failures_are_listed_at_their_naming_line_relative_to_a_root() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("logs")).unwrap();
    let path = root.path().join("logs/a.log");
    fs::write(&path, LOG).unwrap();
    let (root, path) = (
        root.path().to_str().unwrap().to_owned(),
        path.to_str().unwrap().to_owned(),
    );
    let ran = wicap_assist(
        &["signatures", "--failures", "--tsv", "--root", &root, &path],
        b"",
    );
    let fields: Vec<&str> = ran.stdout.trim_end().split('\t').collect();
    assert_eq!(fields[..3], ["logs/a.log", "7", "error"], "{}", ran.stderr);
    let outside = wicap_assist(
        &[
            "signatures",
            "--failures",
            "--tsv",
            "--root",
            "/nowhere",
            &path,
        ],
        b"",
    );
    assert_eq!(outside.code, Some(1));
    assert!(
        outside.stderr.contains("is not below"),
        "{}",
        outside.stderr
    );
}

#[test]
fn packed_logs_are_read_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let plain = wicap_assist(&["signatures", "--per-line", "-"], LOG).stdout;
    let gz = folder.path().join("a.log.gz");
    let mut encoder =
        flate2::write::GzEncoder::new(fs::File::create(&gz).unwrap(), flate2::Compression::fast());
    encoder.write_all(LOG).unwrap();
    encoder.finish().unwrap();
    let zst = folder.path().join("a.log.zst");
    fs::write(&zst, zstd::encode_all(LOG, 1).unwrap()).unwrap();
    for path in [gz, zst] {
        let ran = wicap_assist(&["signatures", "--per-line", path.to_str().unwrap()], b"");
        assert_eq!(ran.stdout, plain, "{}", path.display());
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let ran = wicap_assist(&["signatures", "/nowhere/a.log"], b"");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .starts_with("wicap-assist: cannot open `/nowhere/a.log`: "),
        "{}",
        ran.stderr
    );
    assert_eq!(wicap_assist(&["signatures"], b"").code, Some(2));
    assert_eq!(
        wicap_assist(&["signatures", "--tsv", "-"], b"").code,
        Some(2)
    );
    let empty = wicap_assist(&["signatures", "-"], b"");
    assert_eq!(
        (empty.code, empty.stdout.as_str()),
        (Some(0), "0 lines, 0 signatures, 0 failures\n")
    );
}
