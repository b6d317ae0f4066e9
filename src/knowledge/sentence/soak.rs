use super::parse::Unclear;
use crate::model::ControlMode;

/// The longest soak, in minutes: a week.
const MINUTES_MAX: u32 = 7 * 24 * 60;

/// A soak as it was asked for. What is not said is learned, or a default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soak {
    /// How long, in minutes.
    pub minutes: Option<u32>,
    /// Minutes between two visits of the browser.
    pub every_minutes: Option<u32>,
    /// The mode, where the sentence names one.
    pub mode: Option<ControlMode>,
    /// Whether it only shows its plan.
    pub is_dry_run: bool,
}

impl Soak {
    /// The command that runs it.
    pub(super) fn command(&self, mode: ControlMode) -> Vec<String> {
        let mut words = vec!["soak-run".to_owned()];
        let mut flag = |name: &str, value: String| words.extend([name.to_owned(), value]);
        if let Some(minutes) = self.minutes {
            flag("--duration-minutes", minutes.to_string());
        }
        if let Some(minutes) = self.every_minutes {
            flag("--playwright-interval-minutes", minutes.to_string());
        }
        flag("--control-mode", self.mode.unwrap_or(mode).to_string());
        if self.is_dry_run {
            words.push("--dry-run".to_owned());
        }
        words
    }

    /// Reads what follows the opening.
    pub(super) fn parse(words: &[String]) -> Result<Self, Unclear> {
        let mut soak = Self::default();
        let mut rest = words;
        while let Some((word, tail)) = rest.split_first() {
            rest = soak.take(word, tail)?;
        }
        Ok(soak)
    }

    fn take<'a>(&mut self, word: &str, tail: &'a [String]) -> Result<&'a [String], Unclear> {
        let said_twice = |what: &str| Unclear::new(format!("{what} is said twice"));
        match word {
            "for" | "in" | "with" | "and" | "mode" => return Ok(tail),
            "dry-run" | "dryrun" => self.is_dry_run = true,
            "dry" if tail.first().is_some_and(|next| next == "run") => {
                self.is_dry_run = true;
                return Ok(&tail[1..]);
            }
            "every" | "interval" | "playwright" => {
                let tail = match tail.split_first() {
                    Some((next, after)) if next == "interval" || next == "every" => after,
                    Some(_) | None => tail,
                };
                let (minutes, tail) = minutes(tail)?.ok_or_else(|| {
                    Unclear::new(format!("`{word}` needs a time, as in `every 5 minutes`"))
                })?;
                if self.every_minutes.replace(minutes).is_some() {
                    return Err(said_twice("the interval"));
                }
                return Ok(tail);
            }
            _ => return self.take_mode_or_length(word, tail),
        }
        Ok(tail)
    }

    fn take_mode_or_length<'a>(
        &mut self,
        word: &str,
        tail: &'a [String],
    ) -> Result<&'a [String], Unclear> {
        if let Ok(mode) = word.parse() {
            return match self.mode.replace(mode) {
                Some(_) => Err(Unclear::new("the mode is said twice")),
                None => Ok(tail),
            };
        }
        let words: Vec<String> = [word.to_owned()]
            .into_iter()
            .chain(tail.iter().take(1).cloned())
            .collect();
        let Some((minutes, left)) = minutes(&words)? else {
            return Err(Unclear::new(format!("a soak has no `{word}`")));
        };
        if self.minutes.replace(minutes).is_some() {
            return Err(Unclear::new("the length is said twice"));
        }
        let n_taken = words.len() - left.len();
        Ok(&tail[n_taken - 1..])
    }
}

/// A length of time at the beginning of `words`, in minutes, and what follows it:
/// `10 minutes`, `10m`, `2h`. `None` where there is no number.
fn minutes(words: &[String]) -> Result<Option<(u32, &[String])>, Unclear> {
    let Some((first, tail)) = words.split_first() else {
        return Ok(None);
    };
    let digits = first.len() - first.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 {
        return Ok(None);
    }
    let (number, unit) = first.split_at(digits);
    let (unit, tail) = match (unit, tail.split_first()) {
        ("", Some((next, after))) if factor(next).is_some() => (next.as_str(), after),
        ("", _) => {
            let text = format!("`{number}` of what? `{number} minutes` is clear");
            return Err(Unclear::new(text));
        }
        (unit, _) => (unit, tail),
    };
    let unknown = || Unclear::new(format!("`{unit}` is no unit of time (minutes, hours)"));
    let factor = factor(unit).ok_or_else(unknown)?;
    let minutes = number
        .parse::<u32>()
        .ok()
        .and_then(|n| n.checked_mul(factor));
    match minutes {
        Some(minutes @ 1..=MINUTES_MAX) => Ok(Some((minutes, tail))),
        Some(_) | None => Err(Unclear::new(format!(
            "`{first}` is out of range: a soak lasts 1 minute to 7 days"
        ))),
    }
}

fn factor(unit: &str) -> Option<u32> {
    match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => Some(1),
        "h" | "hour" | "hours" => Some(60),
        _ => None,
    }
}
