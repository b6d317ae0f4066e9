//! What holds for any bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use wicap_assist::knowledge::signature::blocks::{Assembler, Taken};
use wicap_assist::knowledge::signature::mask::{Masked, mask};
use wicap_assist::knowledge::signature::{Engine, Framer, Limits, Prepared, v1};

/// Pieces of which logs are made, so that chance finds the interesting places.
fn log_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[ -~]{0,12}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..8),
        4 => prop::sample::select(vec![
            "2026-03-04T05:06:07.089Z ", "Mar  4 05:06:07 host app[7]: ", "[ERROR] ", "10.1.2.3:80", " 12 ms",
            "0xdeadbeef", "/a/b/c?d=1", "http://x.y/z", "<1 sec", "1 KB (2 KB)", "{\"level\":\"error\",\"msg\":\"",
            "\"}", "level=info msg=\"", "\"GET / HTTP/1.1\" 503 ", "Traceback (most recent call last):\n",
            "  File \"a.py\", line 3, in f\n", "KeyError: 'x'\n", "____ test_a ____\n", "panic: x\n", "\tat a.b(c)\n",
            "cap_20260829_212166.pcap", "a.b.c.d", "(", ")", "=", ",", ":", "\u{1b}[31m", "\r", "\n", "\r\n", "-", "#",
            "00:11:22:33:44:55", "fe80::1", "9f8e7d6c-1b2a-4c3d-8e9f-0123456789ab", "user root", "no errors",
        ]).prop_map(|text| text.as_bytes().to_vec()),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn framed(text: &[u8], size: usize) -> Vec<Vec<u8>> {
    let mut framer = Framer::new();
    let mut lines = Vec::new();
    for chunk in text.chunks(size) {
        framer.feed(chunk, |line| lines.push(line.to_vec()));
    }
    framer.finish(|line| lines.push(line.to_vec()));
    lines
}

fn ids(lines: &[Vec<u8>], limits: Limits) -> (Vec<String>, Engine) {
    let mut engine = Engine::new(limits);
    let given: Vec<_> = lines.iter().map(|line| engine.line(line)).collect();
    let ids = given
        .iter()
        .map(|id| engine.resolve(*id).to_string())
        .collect();
    (ids, engine)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn chunks_do_not_change_lines(text in log_like(), size in 1_usize..9) {
        let whole = framed(&text, usize::MAX);
        prop_assert_eq!(framed(&text, size), whole);
    }

    #[test]
    fn every_line_is_accounted_for(text in log_like()) {
        let lines = framed(&text, usize::MAX);
        let mut assembler = Assembler::new();
        let mut prepared = Prepared::default();
        let (mut alone, mut in_failures, mut outside) = (0, 0, 0);
        for (number, line) in lines.iter().enumerate() {
            prepared.read(line);
            let taken = assembler.push(number as u64, &prepared, |failure| in_failures += failure.n_lines);
            match taken {
                Taken::Alone => alone += 1,
                Taken::Held => outside += 1,
            }
        }
        assembler.finish(|failure| in_failures += failure.n_lines);
        prop_assert_eq!(alone + outside, lines.len());
        prop_assert_eq!(in_failures, outside as u64);
        let (given, engine) = ids(&lines, Limits::default());
        prop_assert_eq!(given.len() as u64, engine.counts().lines);
    }

    #[test]
    fn masking_twice_is_masking_once(text in log_like()) {
        let mut once = Masked::default();
        mask(&text, &mut once);
        let mut again = Masked::default();
        mask(once.text(), &mut again);
        prop_assert_eq!(String::from_utf8_lossy(again.text()), String::from_utf8_lossy(once.text()));
    }

    #[test]
    fn the_same_lines_have_the_same_ids(text in vec(log_like(), 0..12)) {
        let lines: Vec<Vec<u8>> = text.iter().flat_map(|text| framed(text, usize::MAX)).collect();
        let tight = Limits { templates_max: 4, aliases_max: 2, learned_max: 2 };
        for limits in [Limits::default(), tight] {
            prop_assert_eq!(ids(&lines, limits).0, ids(&lines, limits).0);
        }
    }

    #[test]
    fn the_old_signature_takes_any_text(text in any::<String>()) {
        prop_assert!(v1::signature(&text).chars().count() <= v1::CHARACTERS_MAX);
    }
}
