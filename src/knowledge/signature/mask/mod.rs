//! Typed masks: what varies from line to line is replaced by the name of its type.

mod address;
mod class;
mod masked;
mod number;
mod run;
mod scan;

pub use masked::{Kind, Masked, Token};
pub use scan::mask;

/// How many tokens of a message are kept; the rest becomes one `<rest>`.
pub const TOKENS_MAX: usize = 192;

/// An object in JSON of more bytes than this becomes one `<json>`.
pub const JSON_BYTES_MIN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut out = Masked::default();
        mask(text.as_bytes(), &mut out);
        String::from_utf8_lossy(out.text()).into_owned()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(masked(text), expected, "{text}");
        assert_eq!(masked(expected), expected, "masking twice: {text}");
    }

    #[test]
    fn numbers_durations_and_sizes_are_masked() {
        check("took 12 of -3.5 at +7", "took <n> of <n> at <n>");
        check("in 12.5 ms", "in <dur>");
        check("12ms 3.5s 1m30s", "<dur>");
        check("after 900 seconds.", "after <dur>.");
        check("lifetime <1 sec", "lifetime <dur>");
        check("1180 bytes (1.15 KB) sent", "<size> sent");
        check("64kB of 2 GiB", "<size> of <size>");
        check("98% full", "<n>% full");
        check("queue=55 depth: 7", "queue=<n> depth: <n>");
        check("1e5 1.2.3", "<n>");
        check("#12 (3)", "#<n> (<n>)");
    }

    #[test]
    fn addresses_and_ids_are_masked() {
        check("peer 10.1.2.3:55012 reset", "peer <ip> reset");
        check("peer /10.1.2.3:55012", "peer <ip>");
        check("10.1.2.3,10.1.2.4 \"GET", "<ip> \"GET");
        check("peer fe80::1 reset", "peer <ip> reset");
        check("ap 00:11:22:AA:BB:CC lost", "ap <mac> lost");
        check("req 9f8e7d6c-1b2a-4c3d-8e9f-0123456789ab out", "req <uuid> out");
        check("req-9f8e7d6c-1b2a-4c3d-8e9f-0123456789ab", "req-<uuid>");
        check("ptr 0xdeadbeef", "ptr <hex>");
        check("commit 0a1b2c3d broken", "commit <hex> broken");
        check("cap_20260829_212166_ab12cd.pcap", "cap_<id>.pcap");
        check("block blk_-1608999687919862906 terminating", "block blk_<id> terminating");
        check("attempt_1445144423722_0020_m_000000_0", "attempt_<id>");
        check("ghost_1a2b3c4d.tflite ghost_12345678.tflite", "ghost_<id>.tflite");
        check("node-129 eth0 worker_12", "node-<n> eth<n> worker_<n>");
        check("state (pid:77)", "state (pid:<n>)");
    }

    #[test]
    fn paths_urls_and_times_are_masked() {
        check("open /var/log/x.1.log line 9", "open <path> line <n>");
        check("see http://a.b:80/c?d=1, then", "see <url>, then");
        check("redis://localhost:6380/0", "<url>");
        check("\"GET /a/b?c=1&d=2 HTTP/1.1\" 403 12", "\"GET <path> HTTP/<n>\" 403 <n>");
        check("at Mon Jun 20 03:40:59 2005 ok", "at <time> ok");
        check("since 2026-03-04T05:06:07Z", "since <time>");
        check("lifetime 00:19", "lifetime <time>");
        check("10.30.1.2 [04/Mar/2026:05:06:07 +0000] x", "<ip> [<time>] x");
    }

    #[test]
    fn words_stay() {
        for text in ["HTTP exception", "and/or", "wicap/ui:latest", "KeyError: 'bssid'", "a -- b", "x <none> y"] {
            check(text, text);
        }
        check("FAILED tests/a/b/test_x.py::test_y - E", "FAILED tests/a/b/test_x.py::test_y - E");
        check("  Mixed\tCase   Spaces ", "Mixed Case Spaces");
    }

    #[test]
    fn long_objects_become_one_mask() {
        let body = "\"a\": 1, ".repeat(60);
        check(&format!("payload={{{body}\"z\": {{}}}} reason"), "payload=<json> reason");
        check("{\"detail\":\"Unauthorized\"}", "{\"detail\":\"Unauthorized\"}");
    }

    #[test]
    fn lists_of_values_collapse() {
        check("speeds ( 1 2 3 ) of 4, 5, 6.", "speeds ( <n> ) of <n>, <n>.");
        check("delete blk_-123456789 blk_4567891234", "delete blk_<id>");
    }

    #[test]
    fn a_message_of_many_words_is_bounded() {
        let text = "word ".repeat(10 * TOKENS_MAX);
        let mut out = Masked::default();
        mask(text.as_bytes(), &mut out);
        assert_eq!(out.tokens().len(), TOKENS_MAX + 1);
        assert!(out.text().ends_with(b"<rest>"));
    }
}
