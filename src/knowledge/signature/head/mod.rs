//! What stands before the message: time, level, logger, and who wrote the line.
//!
//! Reading a head never fails: what is not recognised is message.

mod after;
mod level;
mod plain;
mod scan;
mod structured;

use std::ops::Range;

use super::time::LogTime;
use crate::knowledge::severity::Level;

/// Where a piece of a line lies in its text, in bytes.
pub type Span = Range<usize>;

/// The head of one line. The spans point into the text of its [`Prepared`](super::Prepared).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineHead {
    /// When the line says it was written.
    pub time: Option<LogTime>,
    /// How bad the line says it is.
    pub level: Option<Level>,
    /// The logger, tag or component that wrote it.
    pub logger: Option<Span>,
    /// The container or process whose output this is (`wicap-ui  | `, `[SCOUT] `).
    pub source: Option<Span>,
    /// The line's level is only an engine's mark (`#` of Redis), not a word.
    pub is_marked_only: bool,
    /// The rest of the line.
    pub message: Span,
}

/// Reads the head of `text[at..]`; an unescaped message is appended to `text`.
pub(super) fn read(text: &mut Vec<u8>) -> LineHead {
    let mut head = plain::read(text);
    for _ in 0..2 {
        let nested = structured::read(text, &mut head);
        if nested != structured::Found::InnerLine {
            break;
        }
        let inner = text[head.message.clone()].to_vec();
        let offset = head.message.start;
        let read = plain::read(&inner);
        head.time = head.time.or(read.time);
        head.level = read.level.or(head.level);
        head.logger = read.logger.map(|span| shift(span, offset)).or(head.logger);
        head.message = shift(read.message, offset);
    }
    head
}

fn shift(span: Span, by: usize) -> Span {
    span.start + by..span.end + by
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `logger|level|message`, with `-` for what is missing; `@` in front when there is a time.
    #[track_caller]
    fn check(line: &str, expected: &str) {
        let mut text = line.as_bytes().to_vec();
        let head = read(&mut text);
        let show = |span: &Span| String::from_utf8_lossy(&text[span.clone()]).into_owned();
        let seen = format!(
            "{}{}|{}|{}",
            if head.time.is_some() { "@" } else { "" },
            head.logger.as_ref().map_or("-".to_owned(), show),
            head.level.map_or("-", Level::name),
            show(&head.message),
        );
        assert_eq!(seen, expected, "{line}");
    }

    #[test]
    fn the_formats_of_wicap_are_read() {
        check("08:00:01 | INFO    | Suite running.", "@-|info|Suite running.");
        check(
            "[SCOUT]    2026-02-11 08:00:03,241 [INFO] wicap.scout: Starting scout on wlan1",
            "@wicap.scout|info|Starting scout on wlan1",
        );
        check(
            "2026-02-11 08:00:05 [ERROR] nexus.watcher: Error processing x: y",
            "@nexus.watcher|error|Error processing x: y",
        );
        check(
            "1:M 11 Feb 2026 08:00:00.002 # WARNING Memory overcommit",
            "@-|warning|WARNING Memory overcommit",
        );
        check("1:C 11 Feb 2026 08:00:00.002 * DB saved", "@-|notice|DB saved");
        check("INFO:     Waiting for application startup.", "-|info|Waiting for application startup.");
        check("ERROR:    [Errno 98] error while", "-|error|[Errno 98] error while");
        check("[08:00:01] Phase 2", "@-|-|Phase 2");
        check("[SCOUT]    Traceback (most recent call last):", "-|-|Traceback (most recent call last):");
    }

    #[test]
    fn formats_of_other_programs_are_read() {
        check("2026-02-11 08:00:05,310 ERROR [wicap.p] UI push failed: 403", "@wicap.p|error|UI push failed: 403");
        check("2026-02-11 08:00:05,310 - wicap.p - ERROR - clock skew", "@wicap.p|error|clock skew");
        check("2026-02-11T08:00:05.310Z ERROR governor: no channel", "@governor|error|no channel");
        check("[2026-02-11 08:00:05] [41] [ERROR] Error: failed", "@-|error|Error: failed");
        check("[12345.678901] usb 1-1: reset", "@-|-|usb 1-1: reset");
        check("Feb 11 08:00:05 host sshd[77]: Failed password", "@sshd|-|Failed password");
        check("<30>Feb 11 08:00:05 host su(pam_unix)[7]: opened", "@su(pam_unix)|-|opened");
        check("E0102 15:04:05.000000   1234 file.go:123] cannot", "@file.go:123|error|cannot");
        check("03-17 16:13:38.811  1702  2395 D WindowManager: draw", "@WindowManager|debug|draw");
        check("081109 203615 148 INFO dfs.DataNode$P: Received x", "@dfs.DataNode$P|info|Received x");
        check(
            "2015-07-29 17:41:44,747 - INFO  [Quorum[myid=1]/0:0:FastLeader@774] - Notification: 3",
            "@Quorum[myid=1]/0:0:FastLeader@774|info|Notification: 3",
        );
        check(
            "app.log.1 2017-05-16 00:00:00.008 25746 INFO nova.wsgi [req-38 - - -] 10.11.10.1 \"GET",
            "@nova.wsgi|info|10.11.10.1 \"GET",
        );
        check("[Sun Dec 04 04:47:44 2005] [notice] child init", "@-|notice|child init");
        check("2016-09-28 04:30:30, Info                  CBS    Loaded", "@CBS|info|Loaded");
        check("20171223-22:15:29:606|Step_LSC|30002312|onStep 3579", "@Step_LSC|-|onStep 3579");
        check("17/06/09 20:10:40 INFO storage.Block: Found", "@storage.Block|info|Found");
        check("[10.30 16:49:06] chrome.exe *64 - a.b:80 close", "@chrome.exe|-|a.b:80 close");
        check("ERROR:scout:radio gone", "scout|error|radio gone");
        check("134681 node-246 unix.hw state.x 1077804742 1 Component", "@-|-|Component");
    }

    #[test]
    fn a_prefix_of_compose_names_the_source() {
        let mut text = b"wicap-ui        | 2026-02-11T08:00:05.3Z ERROR gone".to_vec();
        let head = read(&mut text);
        assert_eq!(&text[head.source.unwrap()], b"wicap-ui");
        assert_eq!(&text[head.message], b"gone");
    }

    #[test]
    fn structured_lines_are_read_by_their_keys() {
        check(
            r#"{"ts":"2026-02-11T08:00:05Z","level":"error","logger":"otel","msg":"a \"b\" c"}"#,
            r#"@otel|error|a "b" c"#,
        );
        check(
            r#"time="2026-02-11T08:00:05Z" level=warning msg="retrying \"x\"" component=otelcol"#,
            r#"@otelcol|warning|retrying "x""#,
        );
        check(r#"{"log":"ERROR:a:b\n","stream":"stderr","time":"2026-02-11T08:00:05Z"}"#, "@a|error|b");
        check(r#"{"level":50,"time":1770796807250,"msg":"x"}"#, "@-|error|x");
        check(r#"{"broken":"#, r#"-|-|{"broken":"#);
        check(r#"{"type":"startup"}"#, r#"-|-|{"type":"startup"}"#);
    }

    #[test]
    fn a_message_is_left_alone() {
        for line in [
            "KeyError: 'bssid'",
            "Traceback (most recent call last):",
            "FAILED tests/test_a.py::test_b - KeyError",
            "Started at 2026-02-11 08:00:05 by root",
            "",
            "   ",
        ] {
            check(line, &format!("-|-|{}", line.trim()));
        }
        check("ERROR IN CONTACTING RM.", "-|error|ERROR IN CONTACTING RM.");
    }
}
