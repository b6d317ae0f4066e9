//! Log lines in the formats of WiCAP's services.

use std::io::Write as _;

/// A line of a Python child, `[NAME]    2026-02-11 08:00:03,214 [INFO] logger: message`.
pub(crate) fn child(service: &str, level: &str, message: &str) {
    let now = jiff::Zoned::now();
    out(&format!(
        "{:<10} {} [{level}] {message}",
        tag(service),
        now.strftime("%Y-%m-%d %H:%M:%S,%3f"),
    ));
}

/// A bare line of a child: a traceback, whose indentation the launcher strips.
pub(crate) fn child_bare(service: &str, text: &str) {
    out(&format!("{:<10} {text}", tag(service)));
}

/// A line of the launcher, `08:00:01 | INFO    | message`, on stderr.
pub(crate) fn launcher(level: &str, message: &str) {
    let now = jiff::Zoned::now();
    err(&format!(
        "{} | {level:<7} | {message}",
        now.strftime("%H:%M:%S")
    ));
}

/// A line of Redis, `1:M 11 Feb 2026 08:00:00.004 * message`.
pub(crate) fn redis(level: char, message: &str) {
    let now = jiff::Zoned::now();
    out(&format!(
        "1:M {} {level} {message}",
        now.strftime("%d %b %Y %H:%M:%S.%3f")
    ));
}

/// A line as it is, on stdout. A closed pipe is nobody's fault.
pub(crate) fn out(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line as it is, on stderr.
pub(crate) fn err(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

fn tag(service: &str) -> String {
    format!("[{}]", service.to_uppercase())
}
