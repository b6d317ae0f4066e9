use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use anyhow::Context as _;

use crate::{
    cli::{Exit, Failure},
    knowledge::{
        env_file::{EnvFile, is_key},
        env_rules::{nearest_key, rule, rules},
        env_setup::{Draft, Ground},
    },
};

/// Reads one answer of the command line.
///
/// # Errors
///
/// Fails if it is none. The text is not repeated: it may hold a secret.
pub(super) fn assignment(raw: &str) -> Result<(String, String), String> {
    match raw.split_once('=') {
        Some((key, value)) if is_key(key) => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("must be KEY=VALUE, the key of letters, digits and `_`".to_owned()),
    }
}

/// Collects the answers of the file and of the command line, which outrank them.
///
/// # Errors
///
/// Fails if the file cannot be read or has a line that is no answer.
pub(super) fn given(
    file: Option<&Path>,
    set: &[(String, String)],
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut given = BTreeMap::new();
    if let Some(path) = file {
        let cannot = || format!("cannot read the answers `{}`", path.display());
        let text = match path.as_os_str() == "-" {
            true => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map(|_| text)
            }
            false => fs::read_to_string(path),
        };
        let text = text
            .with_context(cannot)
            .map_err(|error| Failure::new(Exit::Usage, error))?;
        let answers = EnvFile::parse(&text);
        if let Some(mistake) = answers.mistakes().first() {
            let (path, line, why) = (path.display(), mistake.line, mistake.why);
            let error = anyhow::anyhow!("the answers `{path}` make no sense on line {line}: {why}");
            return Err(Failure::new(Exit::Usage, error).into());
        }
        given = answers.literals();
    }
    given.extend(set.iter().cloned());
    Ok(given)
}

/// Puts given answers into the draft, all mistakes at once.
/// Returns what was added to them.
///
/// # Errors
///
/// Fails if an answer does not fit or no key is meant.
pub(super) fn take(
    draft: &mut Draft,
    given: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut warnings = Vec::new();
    for (key, value) in given {
        match (rule(key), nearest_key(key)) {
            (Some(rule), _) => match draft.answer(rule, value) {
                Ok(notes) => {
                    warnings.extend(
                        notes
                            .iter()
                            .map(|note| format!("{key}: added {note}, which WiCAP needs")),
                    );
                }
                Err(why) => wrong.push(format!("{key}: {why}")),
            },
            (None, Some(near)) if draft.existing(key).is_none() => {
                wrong.push(format!("{key}: no such key; did you mean `{near}`?"));
            }
            (None, _) => draft.put(key, value),
        }
    }
    match wrong.is_empty() {
        true => Ok(warnings),
        false => Err(unacceptable(&wrong)),
    }
}

/// Answers everything that was not given with what is proposed.
///
/// # Errors
///
/// Fails if a value is needed and there is none to propose.
pub(super) fn fill(draft: &mut Draft, ground: &Ground) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for rule in rules() {
        if draft.answered(rule.key).is_some() || !draft.is_asked(rule, false) {
            continue;
        }
        let (proposal, refused) = draft.proposal(rule, ground);
        let value = proposal.unwrap_or_default();
        if let Err(why) = draft.answer(rule, &value) {
            let why = refused.map_or(why, |refused| format!("the value in the file {refused}"));
            wrong.push(format!("{}: {why} ({})", rule.key, rule.help));
        }
    }
    draft.allow_own_address(&ground.host);
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(unacceptable(&wrong)),
    }
}

/// Answers that cannot be accepted, each with its reason.
pub(super) fn unacceptable(wrong: &[String]) -> anyhow::Error {
    let list = wrong.join("\n  ");
    let error = anyhow::anyhow!("these answers cannot be accepted, nothing was written:\n  {list}");
    let hint = "`--set KEY=VALUE` or a line of `--answers` gives a value";
    Failure::new(Exit::Usage, error).hint(hint).into()
}
