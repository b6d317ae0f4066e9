use std::collections::BTreeSet;

use super::FORMS;
use crate::model::{ActionKind, ControlMode};

/// How the sentences go on that begin with `before`, each up to the end of its next
/// word. `services` are the names that stand for a service.
pub fn complete(before: &str, services: &[String]) -> Vec<String> {
    let typed = before.trim_start().to_lowercase();
    let up_to_word = |sentence: String| {
        let rest = sentence.get(typed.len()..)?;
        let end = match rest.strip_prefix(' ') {
            Some(more) => more.find(' ').map(|at| at + 1),
            None => rest.find(' '),
        };
        let end = end.map_or(sentence.len(), |at| typed.len() + at);
        Some(sentence[..end].to_owned())
    };
    let found: BTreeSet<String> = sentences(services)
        .into_iter()
        .filter(|sentence| sentence.starts_with(&typed) && *sentence != typed)
        .filter_map(up_to_word)
        .collect();
    found.into_iter().collect()
}

/// Every sentence that can be told beforehand.
fn sentences(services: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let modes = [
        ControlMode::Observe,
        ControlMode::Assist,
        ControlMode::Autonomous,
    ];
    for form in FORMS {
        let word = form.word();
        all.push(word.to_owned());
        match word {
            "mode" => all.extend(modes.map(|mode| format!("mode {mode}"))),
            "action" => {
                let kinds = ActionKind::ALL.into_iter();
                let plain = kinds.filter(|kind| *kind != ActionKind::RestartService);
                all.extend(plain.map(|kind| format!("action {kind}")));
                let restart = |name: &String| format!("action restart_service:{name}");
                all.extend(services.iter().map(restart));
            }
            "restart" | "explain" => {
                all.extend(services.iter().map(|name| format!("{word} {name}")));
            }
            "help" => all.extend(FORMS.iter().map(|form| format!("help {}", form.word()))),
            "start soak" => all.extend(modes.map(|mode| format!("start soak {mode}"))),
            _ => (),
        }
    }
    all.push("explain policy".to_owned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_completed_word_by_word() {
        check("st", &["start", "stats", "status"]);
        check("start", &["start soak"]);
        check("Mode a", &["mode assist", "mode autonomous"]);
        check("restart ", &["restart redis", "restart wicap-ui"]);
        check(
            "action restart_service:w",
            &["action restart_service:wicap-ui"],
        );
        check("explain p", &["explain policy"]);
        check("status", &[]);
        check("rm -rf", &[]);
    }

    #[track_caller]
    fn check(before: &str, expected: &[&str]) {
        let services = ["redis".to_owned(), "wicap-ui".to_owned()];
        assert_eq!(expected, complete(before, &services), "{before}");
    }
}
