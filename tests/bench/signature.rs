//! How fast the signature engine reads, on one core, and whether its memory stays flat.
//!
//! `cargo bench --bench signature [-- FILE…]`: without files, a corpus of 850,000 lines in the
//! formats of a typical compose stack is made in memory. The words of the alternation are searched
//! in the same bytes by `rg -c`, or `grep -c` where there is no `rg`.

use std::fs;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wicap_assist::knowledge::signature::{Engine, Framer, Limits, Prepared};

/// What `rg` and `grep` search for.
const ALTERNATION: &str = "error|exception|traceback|failed|fatal|panic|critical|denied|refused";
/// Lines of the corpus that is made when no file is given.
const LINES: u64 = 850_000;
/// Bytes that the memory test reads.
const FLAT_BYTES: u64 = 1 << 30;
/// Each measurement is the best of this many.
const ROUNDS: usize = 7;

fn main() -> io::Result<()> {
    let files: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let text = if files.is_empty() {
        made_corpus()
    } else {
        read_all(&files)?
    };
    let n_lines = lines(&text, |_| ());
    let mut out = io::stdout().lock();
    writeln!(out, "{n_lines} lines, {:.1} MB", text.len() as f64 / 1e6)?;
    writeln!(
        out,
        "{:<28} {:>9} {:>12} {:>9}",
        "stage", "ms", "lines/s", "MB/s"
    )?;
    let mut row = |name: &str, took: Duration| {
        let seconds = took.as_secs_f64();
        let rate = n_lines as f64 / seconds;
        let bytes = text.len() as f64 / 1e6 / seconds;
        writeln!(
            out,
            "{name:<28} {:>9.1} {rate:>12.0} {bytes:>9.1}",
            seconds * 1e3
        )
    };
    row("lines", best(|| lines(&text, |_| ())))?;
    let mut prepared = Prepared::default();
    row(
        "head, masks, severity",
        best(|| lines(&text, |line| prepared.read(line))),
    )?;
    let whole = best(|| engine_over(&text));
    row("whole engine", whole)?;
    let (name, searched) = search(&text)?;
    row(&format!("{name} (1 thread)"), searched)?;
    let ratio = whole.as_secs_f64() / searched.as_secs_f64();
    writeln!(out, "engine / search: {ratio:.2}")?;
    memory(&text, &mut out)
}

fn best<T>(mut run: impl FnMut() -> T) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        let result = run();
        std::hint::black_box(&result);
        start.elapsed()
    });
    times.min().expect("at least one round")
}

fn lines(text: &[u8], mut each: impl FnMut(&[u8])) -> u64 {
    let mut framer = Framer::new();
    let mut n = 0;
    for chunk in text.chunks(1 << 18) {
        framer.feed(chunk, |line| {
            n += 1;
            each(line);
        });
    }
    framer.finish(|line| {
        n += 1;
        each(line);
    });
    n
}

fn engine_over(text: &[u8]) -> Engine {
    let mut engine = Engine::new(Limits::default());
    lines(text, |line| {
        engine.line(line);
    });
    engine
}

/// The same bytes through the usual search tool, from a file in memory's cache.
fn search(text: &[u8]) -> io::Result<(String, Duration)> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("corpus.log");
    fs::write(&path, text)?;
    let has_rg = Command::new("rg")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut command = if has_rg {
            Command::new("rg")
        } else {
            Command::new("grep")
        };
        if has_rg {
            command.args(["-j1", "-a", "-i", "-c", ALTERNATION]);
        } else {
            command.args(["-a", "-i", "-c", "-E", ALTERNATION]);
        }
        let start = Instant::now();
        // GNU grep stops at the first match when nobody reads its answer.
        command.arg(&path).output()?;
        times.push(start.elapsed());
    }
    let name = if has_rg { "rg -c" } else { "grep -c" };
    Ok((
        name.to_owned(),
        times.into_iter().min().expect("at least one round"),
    ))
}

/// Reads the corpus until [`FLAT_BYTES`] have passed and prints the resident memory on the way.
fn memory(text: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut engine = Engine::new(Limits::default());
    let mut passed = 0;
    let mut next = FLAT_BYTES / 8;
    let before = resident_kib();
    writeln!(out, "resident memory without the engine: {before} KiB")?;
    while passed < FLAT_BYTES {
        lines(text, |line| {
            engine.line(line);
        });
        passed += text.len() as u64;
        if passed >= next {
            let now = resident_kib();
            writeln!(
                out,
                "after {:>5} MB: {:+} KiB",
                passed / 1_000_000,
                now as i64 - before as i64
            )?;
            next = passed + FLAT_BYTES / 8;
        }
    }
    let counts = engine.counts();
    writeln!(
        out,
        "{} templates founded, {} merged, {} dropped",
        counts.founded, counts.merged, counts.templates_dropped
    )
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn read_all(files: &[String]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for file in files {
        text.extend(fs::read(file)?);
    }
    Ok(text)
}

/// A corpus in the formats of a compose stack: the same text on every machine.
fn made_corpus() -> Vec<u8> {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut text = Vec::new();
    for n in 0..LINES {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let (a, b, c) = (random & 0xff, random >> 8 & 0xffff, random >> 24);
        let clock = format!(
            "2026-03-{:02} {:02}:{:02}:{:02},{:03}",
            n / 86_400 % 28 + 1,
            n / 3600 % 24,
            n / 60 % 60,
            n % 60,
            a
        );
        let line = match random >> 56 & 15 {
            0..=4 => format!(
                "{clock} INFO [wicap.processor] batch {c:012x} processed frames={b} dup={a} elapsed={a}.5ms lag={b}ms"
            ),
            5..=7 => format!(
                "{clock} INFO [wicap.scout] beacon bssid=02:11:{a:02x}:33:44:55 ssid=lab-net ch=6 rssi=-{a} seq={b}"
            ),
            8 | 9 => format!(
                "10.0.{}.{a} - - [04/Mar/2026 05:06:07] \"GET /api/devices?since={c} HTTP/1.1\" 200 {b} \"-\" \"curl/8.5\" {a}.1ms",
                b & 255
            ),
            10 => format!(
                "{{\"ts\":\"2026-03-04T05:06:07Z\",\"level\":\"info\",\"logger\":\"otel\",\"msg\":\"alert {c:x} delivered status={a}\"}}"
            ),
            11 => {
                format!("1:M 04 Mar 2026 05:06:07.{a:03} * {b} changes in 300 seconds. Saving...")
            }
            12 => {
                format!("[{b}.{a:06}] usb 1-1: new high-speed USB device number {a} using xhci_hcd")
            }
            13 => format!("{clock} - wicap.sql - WARNING - connection pool at {a}% capacity"),
            14 => format!(
                "{clock} ERROR [wicap.processor] failed to flush batch {c:012x}: deadlock after {a} retries"
            ),
            _ => format!(
                "2026-03-04T05:06:07.{a:03}Z DEBUG btsniff: channel 37 dwell {b}us drift {a}ppm"
            ),
        };
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    text
}
