use super::{FORMS, Form, SENTENCE_CHARS_MAX, Sentence, Soak};
use crate::{
    knowledge::spelling,
    model::{Action, ActionKind, ControlMode},
};

/// The most suggestions of a refusal.
const NEAREST_MAX: usize = 3;

/// A sentence that is not understood: nothing is done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Unclear {
    text: String,
    /// Sentences that come nearest, best first.
    pub nearest: Vec<String>,
}

impl Unclear {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            nearest: Vec::new(),
        }
    }

    fn near(mut self, form: &Form) -> Self {
        if self.nearest.is_empty() {
            self.nearest.push(form.examples[0].to_owned());
        }
        self
    }

    fn with(mut self, nearest: impl IntoIterator<Item = String>) -> Self {
        self.nearest = nearest.into_iter().take(NEAREST_MAX).collect();
        self
    }
}

/// Reads a sentence; `None` for an empty line. Capital letters make no difference,
/// except in the target of a recommendation or an incident.
///
/// # Errors
///
/// The sentence is unknown, or could mean several things. Nothing is guessed.
pub fn parse(raw: &str) -> Result<Option<Sentence>, Unclear> {
    if raw.chars().count() > SENTENCE_CHARS_MAX {
        let text = format!("a sentence has at most {SENTENCE_CHARS_MAX} characters");
        return Err(Unclear::new(text));
    }
    if raw.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Unclear::new("a sentence has no control characters"));
    }
    let typed: Vec<&str> = raw.split_whitespace().collect();
    let words: Vec<String> = typed.iter().map(|word| word.to_lowercase()).collect();
    let Some(first) = words.first() else {
        return Ok(None);
    };
    if let Some(flag) = words.iter().find(|word| word.starts_with('-')) {
        let text = format!("`{flag}`: a sentence has no flags; the commands of the shell have");
        return Err(Unclear::new(text));
    }
    if is_action(first) {
        return action(&words).map(Some);
    }
    let Some((form, n_words)) = opening(&words) else {
        return Err(unknown(&words));
    };
    let rest = Rest {
        words: &words[n_words..],
        typed: &typed[n_words..],
    };
    meaning(form, &rest)
        .map(Some)
        .map_err(|unclear| unclear.near(form))
}

/// What follows the opening, in small letters and as it was typed.
struct Rest<'a> {
    words: &'a [String],
    typed: &'a [&'a str],
}

/// The form whose longest opening the words begin with.
fn opening(words: &[String]) -> Option<(&'static Form, usize)> {
    let openings = FORMS
        .iter()
        .flat_map(|form| form.openings.iter().map(move |opening| (form, *opening)));
    openings
        .filter_map(|(form, opening)| {
            let n_words = opening.split(' ').count();
            let begins = words.len() >= n_words && opening.split(' ').eq(&words[..n_words]);
            begins.then_some((form, n_words))
        })
        .max_by_key(|(_, n_words)| *n_words)
}

fn meaning(form: &'static Form, rest: &Rest<'_>) -> Result<Sentence, Unclear> {
    let command = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Ok(Sentence::Command(words))
    };
    let alone = || match rest.words.is_empty() {
        true => Ok(()),
        false => {
            let (word, extra) = (form.word(), rest.typed.join(" "));
            Err(Unclear::new(format!(
                "`{word}` stands alone, without `{extra}`"
            )))
        }
    };
    match form.word() {
        "help" => help(rest),
        "quit" => alone().map(|()| Sentence::Leave),
        "status" => alone().and_then(|()| command(&["status"])),
        "stats" => alone().and_then(|()| command(&["agent", "control-center"])),
        "mode" => mode(rest.words),
        "action" => action(rest.words),
        "restart" => restart(rest.words),
        "start soak" => Soak::parse(rest.words).map(Sentence::Soak),
        "explain" => explain(rest.words),
        "incident" if rest.words.is_empty() => {
            let text = "an incident of what? a soak, a service, a signature or words";
            Err(Unclear::new(text))
        }
        word => Ok(Sentence::Command(about(word, rest.typed))),
    }
}

/// A command about a target, which may be any text.
fn about(command: &str, typed: &[&str]) -> Vec<String> {
    let mut words = vec![command.to_owned()];
    if !typed.is_empty() {
        words.extend(["--".to_owned(), typed.join(" ")]);
    }
    words
}

fn help(rest: &Rest<'_>) -> Result<Sentence, Unclear> {
    if rest.words.is_empty() {
        return Ok(Sentence::Help(None));
    }
    let is_meant = |form: &&Form| form.openings.contains(&rest.words.join(" ").as_str());
    let by_part = |form: &&Form| form.openings.iter().any(|one| one.contains(&rest.words[0]));
    let form = FORMS.iter().find(is_meant).or(FORMS.iter().find(by_part));
    match form {
        Some(form) => Ok(Sentence::Help(Some(form))),
        None => {
            let text = format!("there is no help on `{}`", rest.typed.join(" "));
            Err(Unclear::new(text).with(["help".to_owned()]))
        }
    }
}

fn mode(words: &[String]) -> Result<Sentence, Unclear> {
    let [word] = words else {
        return match words.is_empty() {
            true => Ok(Sentence::Mode(None)),
            false => Err(Unclear::new("a mode is one word")),
        };
    };
    let modes = [
        ControlMode::Observe,
        ControlMode::Assist,
        ControlMode::Autonomous,
    ];
    word.parse().map(|mode| Sentence::Mode(Some(mode))).map_err(
        |error: crate::model::ParseModeError| {
            let near = spelling::nearest(word, modes.map(ControlMode::as_str));
            let nearest = near.map(|mode| format!("mode {mode}"));
            Unclear::new(error.to_string()).with(nearest)
        },
    )
}

fn is_action(word: &str) -> bool {
    word.parse::<Action>().is_ok() || word.starts_with("restart_service")
}

fn action(words: &[String]) -> Result<Sentence, Unclear> {
    match words {
        [] => Err(Unclear::new("which action?").with(kinds())),
        [word, rest @ ..] if word == "restart" => restart(rest),
        [word, service] if word == "restart_service" => {
            let text = "the service stands behind a colon";
            Err(Unclear::new(text).with([format!("action restart_service:{service}")]))
        }
        [word] if word == "restart_service" || word == "restart_service:" => restart(&[]),
        [word] => word.parse().map(Sentence::Act).map_err(|error| {
            let error: crate::model::ParseActionError = error;
            let near = spelling::nearest(word, ActionKind::ALL.map(ActionKind::as_str));
            let nearest = match near {
                Some(kind) => vec![format!("action {kind}")],
                None => kinds(),
            };
            Unclear::new(error.to_string()).with(nearest)
        }),
        [word, ..] => {
            let text = format!("one action at a time: what follows `{word}` is not understood");
            Err(Unclear::new(text))
        }
    }
}

fn kinds() -> Vec<String> {
    let kinds = [ActionKind::StatusCheck, ActionKind::ComposeUpCore];
    let mut kinds: Vec<String> = kinds.iter().map(|kind| format!("action {kind}")).collect();
    kinds.push("action restart_service:SERVICE".to_owned());
    kinds
}

fn restart(words: &[String]) -> Result<Sentence, Unclear> {
    match words {
        [] => Err(Unclear::new("restart which service?").with(["restart wicap-ui".to_owned()])),
        [service] => match service.parse() {
            Ok(service) => Ok(Sentence::Act(Action::Restart(service))),
            Err(error) => {
                let error: crate::model::ParseServiceError = error;
                Err(Unclear::new(error.to_string()))
            }
        },
        several => {
            let text = "one service at a time";
            Err(Unclear::new(text).with(several.iter().map(|one| format!("restart {one}"))))
        }
    }
}

fn explain(words: &[String]) -> Result<Sentence, Unclear> {
    let command = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Ok(Sentence::Command(words))
    };
    match words {
        [] => Err(Unclear::new(
            "explain what? a row, a service, the policy or an action",
        )),
        [word] if word == "policy" => command(&["agent", "explain-policy"]),
        [kind, action] if kind == "action" || kind == "sandbox" => {
            command(&["agent", "sandbox-explain", "--action", action])
        }
        [word] if is_action(word) => command(&["agent", "sandbox-explain", "--action", word]),
        [word] => command(&["explain", word]),
        _ => Err(Unclear::new("one thing at a time is explained")),
    }
}

/// Says what is not understood, and what comes nearest: the same beginning, a slip
/// of the pen, or a word that stands somewhere in the sentence.
fn unknown(words: &[String]) -> Unclear {
    let typed = words.join(" ");
    let openings = || FORMS.iter().flat_map(|form| form.openings.iter().copied());
    let mut nearest: Vec<&'static str> = Vec::new();
    let mut add = |opening: &'static str| {
        let form = FORMS.iter().find(|form| form.openings.contains(&opening));
        if let Some(form) = form.filter(|form| !nearest.contains(&form.examples[0])) {
            nearest.push(form.examples[0]);
        }
    };
    let beginning = openings().filter(|opening| opening.starts_with(&typed));
    beginning.for_each(&mut add);
    if let Some(near) = spelling::nearest(&words[0], openings()) {
        add(near);
    }
    let within = openings().filter(|opening| words.iter().any(|word| word == opening));
    within.for_each(&mut add);
    let text = match nearest.as_slice() {
        [] | [_] => format!("`{typed}` is not understood"),
        _ => format!("`{typed}` could mean several things"),
    };
    let nearest: Vec<String> = match nearest.is_empty() {
        true => vec!["help".to_owned()],
        false => nearest.into_iter().map(str::to_owned).collect(),
    };
    Unclear::new(text).with(nearest)
}
