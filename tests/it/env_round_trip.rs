//! `.env` files keep every byte that nobody asked to change.

use std::{collections::BTreeMap, fs};

use proptest::prelude::*;
use wicap_assist::knowledge::env_file::EnvFile;

use crate::run::run;

/// Files as people write them, each for one habit.
const HABITS: &[&str] = &[
    "",
    "\n",
    "\n\n\n",
    "   \n\t\n",
    "# only a comment\n",
    "#no blank\n#\n##\n",
    "A=1\n",
    "A=\n",
    "A=''\n",
    "A=\"\"\n",
    "  A = 1  \n",
    "\tA\t=\t1\t\n",
    "A=a b c\n",
    "A=a#b\n",
    "A=a #b\n",
    "A= #b\n",
    "A=#x\n",
    "A=1 # note with 'quotes' and \"more\n",
    "A='a # b'  # after\n",
    "A=\"a # b\"# after\n",
    "A=\"a \\\"q\\\" b\"\n",
    "A=\"a\\\\b\"\n",
    "A='it\\'s'\n",
    "A=\"open\n",
    "A='open\nB=2\n",
    "A=\"x\" y\n",
    "A=\"line 1\nline 2\nline 3\"\nB=2\n",
    "A='-----BEGIN KEY-----\nabc\n-----END KEY-----' # key\n",
    "export A=1\n",
    "export   A='b c'\n",
    "exportA=1\n",
    "export\n",
    "A\n",
    "export A\n",
    "1A=2\n",
    "A.B=1\n",
    "A-B=1\n",
    "=1\n",
    "A: 1\n",
    "A=$HOME/x\n",
    "A=${B}\n",
    "A=${B:-c}\n",
    "A=${B:-${C:-d}}\n",
    "A=${B\n",
    "A=$$1\n",
    "A='$B'\n",
    "A=\"\\$B\"\n",
    "A=1\nA=2\n",
    "A=1\n# between\nA=2\nexport A=3\n",
    "A=a=b=c\n",
    "A=p@ss:w/o?r&d%20!\n",
    "A=日本語 ü\n# 注释\n",
    "A=\u{a0}x\u{a0}\n",
    "A=`x`\n",
    "A=\\n\n",
    "A=C:\\Users\\x\n",
    "A={\"json\": [1, 2]}\n",
    "A=1\nnot a line at all\nB=2\n",
    "A=1\r2\n",
    "A=x\\\nB=y\n",
    "# WICAP\nWICAP_SQL_PASSWORD='p#a$s w' # do not touch\nexport TZ=Europe/Berlin\n\nLAST=1\n",
];

/// Each habit with Unix ends, with Windows ends, without a last end, with a mark.
fn files() -> Vec<String> {
    let variants = HABITS.iter().flat_map(|text| {
        [
            (*text).to_owned(),
            text.replace('\n', "\r\n"),
            text.trim_end_matches('\n').to_owned(),
            format!("\u{feff}{text}"),
        ]
    });
    let mut files: Vec<String> = variants.collect();
    files.sort();
    files.dedup();
    files
}

#[test]
fn two_hundred_files_come_back_byte_for_byte() {
    let files = files();
    assert!(files.len() >= 200, "{} files", files.len());
    for text in files {
        assert_eq!(text, EnvFile::parse(&text).to_string());
    }
}

#[test]
fn setting_a_key_changes_that_value_and_nothing_else() {
    for text in files() {
        let mut file = EnvFile::parse(&text);
        let before = file.literals();
        file.set("ADDED", "p#a$s 'w\"ord\\12");
        let written = file.to_string();
        assert!(written.starts_with(&text), "{text:?} became {written:?}");
        let again = EnvFile::parse(&written);
        let mut after = again.literals();
        assert_eq!(
            Some("p#a$s 'w\"ord\\12"),
            after.remove("ADDED").as_deref(),
            "{text:?}"
        );
        assert_eq!(before, after, "{text:?}");
    }
}

#[test]
fn a_set_value_keeps_its_quotes_its_comment_and_its_export() {
    for (text, value, expected) in [
        ("A=1\n", "2", "A=2\n"),
        (
            "  export A = 'x'  # note\r\nB=1\r\n",
            "y z",
            "  export A = 'y z'  # note\r\nB=1\r\n",
        ),
        ("A=\"x\" # note\n", "y", "A=\"y\" # note\n"),
        ("A=x # note\n", "y", "A=y # note\n"),
        ("A= # note\n", "y", "A=y # note\n"),
        ("A=x # note\n", "a #b", "A='a #b' # note\n"),
        ("A='x'\n", "it's", "A=it's\n"),
        ("A='x'\n", "it's $5", "A=\"it's \\$5\"\n"),
        ("A=x\n", "a$b", "A='a$b'\n"),
        ("A=x\n", " padded ", "A=' padded '\n"),
        ("A=x\n", "two\nlines", "A='two\nlines'\n"),
        ("A=x\n", "ends\\", "A=ends\\\n"),
        ("A='x'\n", "ends\\", "A=ends\\\n"),
        ("A=\"x\"\n", "q\"\\$", "A=\"q\\\"\\\\\\$\"\n"),
        ("A=x\n", "", "A=\n"),
        ("A='x'\n", "", "A=''\n"),
        ("A=1\nA=2\n", "3", "A=1\nA=3\n"),
        ("A=${B}\n", "", "A=\n"),
        ("B=1", "2", "B=1\nA=2\n"),
        ("B=1\r\n", "2", "B=1\r\nA=2\r\n"),
        ("", "2", "A=2\n"),
    ] {
        let mut file = EnvFile::parse(text);
        file.set("A", value);
        assert_eq!(expected, file.to_string(), "{text:?} with {value:?}");
        assert_eq!(
            Some(value.to_owned()),
            file.get("A").map(|one| one.literal()),
            "{expected:?}"
        );
    }
}

#[test]
fn a_value_that_is_already_there_changes_no_byte() {
    for text in [
        "A = 'x'\n",
        "A=\"x\" # n\n",
        "export A=x\r\n",
        "A=\"\\x78\"\nA=x",
    ] {
        let mut file = EnvFile::parse(text);
        file.set("A", "x");
        assert_eq!(text, file.to_string());
    }
}

#[test]
fn values_are_read_as_compose_reads_them() {
    for (line, expected) in [
        ("A=abc", Ok("abc")),
        ("A=a b", Ok("a b")),
        ("A=a#b", Ok("a#b")),
        ("A=a #b", Ok("a")),
        ("A=#x", Ok("#x")),
        ("A=\"a b\"", Ok("a b")),
        ("A=\"a \\\"q\\\" b\"", Ok("a \"q\" b")),
        ("A=\"a\\\\b\"", Ok("a\\b")),
        ("A=\"a\\nb\"", Ok("a\nb")),
        ("A='a # b'", Ok("a # b")),
        ("A='a\\nb'", Ok("a\\nb")),
        ("A=\"a\" # c", Ok("a")),
        ("A=  x  ", Ok("x")),
        ("A=a=b", Ok("a=b")),
        ("A=$HOME/x", Ok("/home/op/x")),
        ("A=${HOME}/x", Ok("/home/op/x")),
        ("A=\"${HOME}/x\"", Ok("/home/op/x")),
        ("A='${HOME}/x'", Ok("${HOME}/x")),
        ("A=\"\\${HOME}\"", Ok("${HOME}")),
        ("A=$$HOME", Ok("$HOME")),
        ("A=5$", Ok("5$")),
        ("A=$5", Ok("$5")),
        ("A=${NOT:-y}", Ok("y")),
        ("A=${EMPTY:-y}", Ok("y")),
        ("A=${EMPTY-y}", Ok("")),
        ("A=${HOME:-y}", Ok("/home/op")),
        ("A=${HOME:+y}", Ok("y")),
        ("A=${NOT:+y}", Ok("")),
        ("A=${NOT:-${EMPTY:-deep}}", Ok("deep")),
        ("A=${NOT:-a}${HOME}", Ok("a/home/op")),
        ("A=${NOT}", Ok("")),
        ("A=${NOT:?set it}", Err("`NOT` is required: set it")),
        ("A=${HOME", Err("`${` is never closed")),
        ("A=${}", Err("`${}` names no variable")),
        (
            "A=${HOME/x/y}",
            Err("`${HOME/x/y}` is no form that compose knows"),
        ),
    ] {
        let outer = BTreeMap::from([
            ("HOME".to_owned(), "/home/op".to_owned()),
            ("EMPTY".to_owned(), String::new()),
        ]);
        let resolved = EnvFile::parse(line).resolve(&outer);
        let value = resolved.values.get("A").map(String::as_str);
        let why = resolved.failed.first().map(|(_, why)| why.as_str());
        assert_eq!(expected, value.ok_or(why.unwrap_or("nothing")), "{line}");
    }
}

#[test]
fn the_environment_outranks_the_file_and_the_file_itself_later_lines() {
    let file = EnvFile::parse("A=1\nB=${A}${C}\nC=3\nA=9\nD=${A}\n");
    let outer = BTreeMap::from([("C".to_owned(), "outer".to_owned())]);
    let resolved = file.resolve(&outer);
    assert_eq!("1outer", resolved.values["B"]);
    assert_eq!("9", resolved.values["D"]);
    let alone = file.resolve(&BTreeMap::new());
    assert_eq!(vec![("B".to_owned(), "C".to_owned())], alone.unset);
}

#[test]
fn lines_that_make_no_sense_are_named_and_kept() {
    let text = "A=1\n1A=2\nB=\"open\nA.B=1\nC='x' y\n=5\nD\nE: 1\n";
    let file = EnvFile::parse(text);
    let found: Vec<_> = file
        .mistakes()
        .into_iter()
        .map(|one| (one.line, one.why))
        .collect();
    let expected = vec![
        (2, "no key before `=`"),
        (3, "the quote is never closed"),
        (4, "a key is letters, digits and `_`, then comes `=`"),
        (5, "text after the closing quote"),
        (6, "no key before `=`"),
        (8, "a key is letters, digits and `_`, then comes `=`"),
    ];
    assert_eq!(expected, found);
    assert_eq!(text, file.to_string());
}

#[test]
fn a_value_of_several_lines_counts_its_lines() {
    let file = EnvFile::parse("A='1\n2\n3'\nB=1\nB=2\n");
    assert_eq!("1\n2\n3", file.literals()["A"]);
    assert_eq!(BTreeMap::from([("B", vec![4, 5])]), file.duplicates());
}

#[test]
fn the_command_too_changes_one_value_and_no_other_byte() {
    let needed = "WICAP_SQL_HOST=db.lan\nWICAP_SQL_SERVER=db.lan\nWICAP_SQL_DATABASE=wicap\n\
                  WICAP_SQL_USER=wicap\nWICAP_SQL_USERNAME=wicap\n\
                  WICAP_SQL_PASSWORD='p#a$s w\"ord 12'\nWICAP_INTERNAL_SECRET=\"0123456789abcdef\"\n\
                  WICAP_SQL_DRIVER=FreeTDS\nWICAP_SQL_TRUST_CERT=true\n\
                  WICAP_INTERNAL_SECRET_REQUIRED=true\nWICAP_INTERNAL_ALLOWLIST=127.0.0.1,::1\n\
                  WICAP_REDIS_URL=redis://localhost:6380/0\nWICAP_UI_URL=http://127.0.0.1:8080\n\
                  WICAP_CAPTURES_DIR=./c\nWICAP_CAPTURE_DIR=./c\nWICAP_UI_DB_POOL_SIZE=5\n\
                  WICAP_REPLAY_LOG_DIR=/tmp\nWICAP_EVIDENCE_BUNDLE_DIR=c/e\nWICAP_INTERFACE=auto\n\
                  WICAP_INTERFACE_REGEX='^wl'\nWICAP_INTERFACE_EXCLUDE_REGEX='.'\n\
                  WICAP_BANDS=2.4ghz # home\nWICAP_CAPTURE_BACKEND=auto\nWICAP_BT_ENABLED=false\n\
                  WICAP_OTLP_PROFILE=disabled\n";
    let harmless = HABITS.iter().filter(|text| {
        let file = EnvFile::parse(text);
        let is_clean = file.mistakes().is_empty() && file.duplicates().is_empty();
        let is_clean = is_clean && !text.contains("WICAP_");
        is_clean && file.resolve(&BTreeMap::new()).failed.is_empty()
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    let mut n_files = 0;
    for text in harmless {
        let before = format!("{text}{needed}");
        fs::write(&path, &before).unwrap();
        let args = [
            "setup-wicap-env",
            "--set",
            "WICAP_BANDS=5ghz",
            "--no-backup",
            "--no-create-dirs",
        ];
        let ran = run(folder.path(), &args);
        assert_eq!(Some(0), ran.code, "{text:?}: {}", ran.both());
        let expected = before.replace("WICAP_BANDS=2.4ghz # home", "WICAP_BANDS=5ghz # home");
        assert_eq!(expected, fs::read_to_string(&path).unwrap(), "{text:?}");
        n_files += 1;
    }
    assert!(n_files >= 30, "{n_files} files");
}

proptest! {
    #[test]
    fn any_text_comes_back(text in "(?s).{0,200}") {
        prop_assert_eq!(&text, &EnvFile::parse(&text).to_string());
    }

    #[test]
    fn any_lines_come_back(text in "([ \t]{0,2}(export )?[A-C.]{0,2}[ =:]{0,2}['\"]?[a$\\\\{}#' \"-]{0,6}['\"]?\r?\n){0,8}") {
        prop_assert_eq!(&text, &EnvFile::parse(&text).to_string());
    }

    #[test]
    fn any_value_is_read_as_it_was_set(
        start in "A=(x|'x'|\"x\"|)( # note)?\r?\n?",
        value in "[a$\\\\{}#' \"\n=\tü`-]{0,12}",
    ) {
        let mut file = EnvFile::parse(&start);
        file.set("A", &value);
        let again = EnvFile::parse(&file.to_string());
        prop_assert_eq!(again.mistakes(), Vec::new());
        let resolved = again.resolve(&BTreeMap::new());
        prop_assert_eq!(Some(&value), resolved.values.get("A"));
    }
}
