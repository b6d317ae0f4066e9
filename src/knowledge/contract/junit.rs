use std::fmt::Write;

use super::{Check, CheckState, ContractMistake, Report};
use crate::{knowledge::markup::escaped, model::contract::Weight};

/// Writes a report as JUnit XML: one test case for each check.
///
/// What fails the gate is a `failure`, or an `error` where the check could not be made;
/// what is red without failing it is `skipped` with its reason.
pub fn junit(report: &Report, seconds: f64) -> String {
    let n_errors = report.n_unknown();
    let n_failures = report.n_failures() - n_errors;
    let n_skipped = report.n_warnings();
    let n_checks = report.checks.len();
    let name = escaped(&report.name);
    let counts = format!(
        "tests=\"{n_checks}\" failures=\"{n_failures}\" errors=\"{n_errors}\" \
         skipped=\"{n_skipped}\" time=\"{seconds:.3}\""
    );
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(xml, "<testsuites {counts}>");
    let _ = writeln!(xml, "  <testsuite name=\"{name}\" {counts}>");
    for check in &report.checks {
        xml.push_str(&case(check));
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Writes a contract that is none as JUnit XML: one error for each mistake.
pub fn junit_of_mistakes(path: &str, mistakes: &[ContractMistake]) -> String {
    let n_mistakes = mistakes.len();
    let counts = format!("tests=\"{n_mistakes}\" failures=\"0\" errors=\"{n_mistakes}\"");
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites {counts}>");
    let _ = writeln!(xml, "  <testsuite name=\"{}\" {counts}>", escaped(path));
    for mistake in mistakes {
        let place = if mistake.pointer.is_empty() {
            "/"
        } else {
            &mistake.pointer
        };
        let (place, message) = (escaped(place), escaped(&mistake.message));
        let _ = writeln!(
            xml,
            "    <testcase classname=\"contract\" name=\"{place}\">\
             <error type=\"mistake\" message=\"{message}\"/></testcase>"
        );
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn case(check: &Check) -> String {
    let kind = check.kind.as_str();
    let name = escaped(&check.name);
    let detail = escaped(check.detail());
    let pointer = escaped(&check.pointer);
    let inner = match (&check.state, check.weight, check.is_excused) {
        (CheckState::Green(_), _, _) => {
            return format!("    <testcase classname=\"{kind}\" name=\"{name}\"/>\n");
        }
        (CheckState::Unknown(_), _, _) => {
            format!("<error type=\"unknown\" message=\"{detail}\">{pointer}</error>")
        }
        (CheckState::Red(_), _, true) => format!("<skipped message=\"excused: {detail}\"/>"),
        (CheckState::Red(_), Weight::Warn, _) => {
            format!("<skipped message=\"warning: {detail}\"/>")
        }
        (CheckState::Red(_), Weight::Critical, false) => {
            format!("<failure type=\"red\" message=\"{detail}\">{pointer}</failure>")
        }
    };
    format!("    <testcase classname=\"{kind}\" name=\"{name}\">{inner}</testcase>\n")
}
