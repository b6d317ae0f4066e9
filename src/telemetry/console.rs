use crate::{
    model::{
        Envelope, EventKind, ExecutionStatus, PhaseStatus, Reply, SoakResult, Timestamp, Verdict,
        Zone,
    },
    telemetry::sentence,
};

/// Columns of the word and of the service.
const WORD_WIDTH: usize = 9;
const SERVICE_WIDTH: usize = 14;

/// Lines for people: time of day, a word, the service, the sentence.
#[derive(Clone, Debug)]
pub struct Console {
    zone: Zone,
    has_color: bool,
}

/// How a line feels. Colour repeats what the word says, and is never needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Quiet,
    Good,
    Careful,
    Bad,
    Deed,
}

impl Console {
    /// Shows times in `zone`, and colours where they are wanted.
    pub fn new(zone: Zone, has_color: bool) -> Self {
        Self { zone, has_color }
    }

    /// Returns the line of an event without a line end.
    pub fn line(&self, envelope: &Envelope) -> String {
        let time = envelope.at.time_of_day(&self.zone);
        let (word, tone) = word(&envelope.kind);
        let word = self.paint(&format!("{word:<WORD_WIDTH$}"), tone);
        let service = match envelope.kind.service() {
            Some(service) => service.to_string(),
            None => "-".to_owned(),
        };
        let sentence = printable(&sentence(&envelope.kind));
        format!("{time}  {word}  {service:<SERVICE_WIDTH$}  {sentence}")
    }

    /// Returns the line that says that the ledger cannot be written.
    pub(super) fn unwritable(&self, at: Timestamp, text: &str) -> String {
        let time = at.time_of_day(&self.zone);
        let word = self.paint(&format!("{:<WORD_WIDTH$}", "ledger"), Tone::Bad);
        format!(
            "{time}  {word}  {:<SERVICE_WIDTH$}  {}",
            "-",
            printable(text)
        )
    }

    fn paint(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Careful => "33",
            Tone::Bad => "31",
            Tone::Deed => "1;36",
        };
        match self.has_color {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

fn word(kind: &EventKind) -> (&'static str, Tone) {
    match kind {
        EventKind::SessionStarted { .. } => ("watching", Tone::Quiet),
        EventKind::SessionEnded { .. } => ("ended", Tone::Quiet),
        EventKind::EngineUnseen { .. } | EventKind::ServiceUnseen { .. } => {
            ("unseen", Tone::Careful)
        }
        EventKind::EngineSeen { .. } | EventKind::ServiceSeen { .. } => ("seen", Tone::Good),
        EventKind::ServiceDown(_) => ("down", Tone::Bad),
        EventKind::ServiceRecovered { .. } => ("well", Tone::Good),
        EventKind::Held { .. } => ("held", Tone::Careful),
        EventKind::Released { .. } => ("released", Tone::Quiet),
        EventKind::ActionDenied { .. } => ("refused", Tone::Careful),
        EventKind::ActionStarted { .. } => ("acting", Tone::Deed),
        EventKind::ActionReturned { status, .. } => match status {
            ExecutionStatus::Ok => ("called", Tone::Quiet),
            ExecutionStatus::Failed | ExecutionStatus::TimedOut => ("failed", Tone::Bad),
            ExecutionStatus::NotRun => ("not run", Tone::Careful),
        },
        EventKind::EpisodeClosed { verdict, .. } => match verdict {
            Verdict::Met => ("helped", Tone::Good),
            Verdict::Unmet => ("no help", Tone::Bad),
            Verdict::Inconclusive => ("unclear", Tone::Careful),
        },
        EventKind::Escalated { .. } => ("person", Tone::Bad),
        EventKind::SnapshotTaken { .. } => ("kept", Tone::Quiet),
        EventKind::BounceStarted { .. } => ("bouncing", Tone::Deed),
        EventKind::BounceEnded { verdict, .. } => match verdict {
            Verdict::Met => ("bounced", Tone::Good),
            Verdict::Unmet | Verdict::Inconclusive => ("no help", Tone::Bad),
        },
        EventKind::Acknowledged { .. } => ("noted", Tone::Quiet),
        EventKind::ActionsPaused { .. } => ("paused", Tone::Careful),
        EventKind::ActionsResumed { .. } => ("resumed", Tone::Good),
        EventKind::OperatorRequest(_) => ("asked", Tone::Careful),
        EventKind::OperatorAnswer(answer) => match answer.reply {
            Reply::Accepted | Reply::Yielded => ("granted", Tone::Good),
            Reply::Refused | Reply::Impossible => ("refused", Tone::Careful),
            Reply::Expired | Reply::Withdrawn => ("lapsed", Tone::Quiet),
        },
        EventKind::LeaseTaken { .. } => ("leading", Tone::Quiet),
        EventKind::LeaseYielded { .. } => ("yielded", Tone::Quiet),
        EventKind::ClockJumped { .. } => ("clock", Tone::Careful),
        EventKind::SoakStarted(_) => ("soak", Tone::Deed),
        EventKind::SoakPhase(phased) => match phased.status {
            PhaseStatus::Started | PhaseStatus::Noted | PhaseStatus::Skipped => {
                ("soak", Tone::Quiet)
            }
            PhaseStatus::Completed => ("soak", Tone::Good),
            PhaseStatus::Warning => ("soak", Tone::Careful),
            PhaseStatus::Failed => ("soak", Tone::Bad),
        },
        EventKind::SoakEnded(ended) => match ended.result {
            SoakResult::Passed => ("passed", Tone::Good),
            SoakResult::Failed => ("failed", Tone::Bad),
            SoakResult::Interrupted => ("cut", Tone::Careful),
        },
        EventKind::KillSwitchPulled { .. } => ("stopped", Tone::Careful),
        EventKind::KillSwitchCleared => ("cleared", Tone::Good),
    }
}

/// Text from outside must not move the cursor or colour the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
