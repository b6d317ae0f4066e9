//! What the ledger knows of a project, for commands that need no engine.

use std::{collections::BTreeSet, time::Duration};

use anyhow::anyhow;

use super::{Context, Exit, Failure};
use crate::{
    control::State,
    model::{ControlMode, Policy, Project, ServiceId, Stack, Timestamp},
    runtime::{Charter, UNKNOWN_PROJECT},
    store::{Ledger, SessionRecord, StoreError},
    world::is_gone,
};

/// How far back a fold looks, beside what is still open.
const MEMORY: Duration = Duration::from_secs(24 * 3_600);

/// A project as the ledger knows it.
pub(super) struct Known {
    /// The ledger, to read from.
    pub(super) ledger: Ledger,
    /// The project.
    pub(super) project: Project,
    /// Its sessions, oldest first.
    pub(super) sessions: Vec<SessionRecord>,
    /// Whose memory it is: the running controller's, else the newest session's.
    pub(super) session: Option<SessionRecord>,
    /// What held for that session, where it was stored.
    pub(super) charter: Option<Charter>,
    /// What is remembered.
    pub(super) state: State,
    /// When the last row was written.
    pub(super) last_at: Option<Timestamp>,
}

impl Known {
    /// Reads what there is to know.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read, or it is not clear which project is meant.
    pub(super) fn open(ctx: &Context) -> Result<Self, Failure> {
        let ledger = Ledger::open_to_read(&ctx.settings.paths.data_dir)?;
        let project = choose(ctx.settings.project(), ledger.project_list()?)?;
        Ok(Self::read(ledger, project, ctx.now)?)
    }

    /// Reads what there is to know of one project.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub(super) fn read(
        ledger: Ledger,
        project: Project,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut sessions = ledger.session_list()?;
        sessions.retain(|session| session.project == project);
        let session = leading(&sessions).cloned();
        let charter = match &session {
            Some(session) => charter(&ledger, session.id)?,
            None => None,
        };
        let last_at = ledger.event_last(&project)?.map(|(_, at)| at);
        let since = last_at.map_or(now, |last| last.min(now)).before(MEMORY);
        let rows = ledger.event_list_for_fold(&project, since)?;
        let id = session.as_ref().map_or(u64::MAX, |session| session.id);
        Ok(Self {
            state: State::replay(id, &rows),
            ledger,
            project,
            sessions,
            session,
            charter,
            last_at,
        })
    }

    /// The session that runs, if its process is not known to be gone.
    pub(super) fn running(&self) -> Option<&SessionRecord> {
        self.session.as_ref().filter(|session| is_running(session))
    }

    /// The numbers that hold, or held last.
    pub(super) fn policy(&self, ctx: &Context) -> Policy {
        let stored = self.charter.as_ref().map(|charter| charter.policy.clone());
        stored.unwrap_or_else(|| ctx.settings.policy.clone())
    }

    /// The service that people mean: its compose key, an alias such as its
    /// container's name, or a key with an index.
    ///
    /// # Errors
    ///
    /// Nothing of that name is known; the error says what is.
    pub(super) fn service(&self, raw: &str, settings: &Stack) -> Result<ServiceId, Failure> {
        let named = self.ledger.service_list(&self.project)?;
        let mut known: BTreeSet<ServiceId> =
            named.iter().filter_map(|raw| raw.parse().ok()).collect();
        let stored = self.charter.as_ref().map(|charter| &charter.stack);
        let stacks = [stored, Some(settings)].into_iter().flatten();
        let named = stored.unwrap_or(settings).services.keys();
        known.extend(named.cloned().map(ServiceId::first));
        let is_known = |service: &ServiceId| known.contains(service);
        let by_key = raw.parse().ok().filter(is_known);
        let found = by_key.or_else(|| {
            let mut meant = stacks.filter_map(|stack| stack.resolve(raw));
            meant.find(is_known)
        });
        found.ok_or_else(|| {
            let names: Vec<String> = known.iter().map(ToString::to_string).collect();
            let error = anyhow!("`{}` has no service `{raw}`", self.project);
            let hint = match names.is_empty() {
                true => "the ledger knows none yet; `wicap-assist live` finds them".to_owned(),
                false => format!("it has {}", names.join(", ")),
            };
            Failure::new(Exit::Usage, error).hint(hint)
        })
    }
}

/// Chooses a project of the ledger: the one that was asked for, else the only one.
fn choose(wanted: Option<&Project>, known: Vec<Project>) -> Result<Project, Failure> {
    let names = |known: &[Project]| {
        let names: Vec<&str> = known.iter().map(Project::as_str).collect();
        names.join(", ")
    };
    let usage = |error, hint: String| Err(Failure::new(Exit::Usage, error).hint(hint));
    if known.is_empty() {
        let hint = "`wicap-assist live` watches a project and writes it down";
        return usage(anyhow!("the ledger knows no project yet"), hint.to_owned());
    }
    if let Some(wanted) = wanted {
        return match known.contains(wanted) {
            true => Ok(wanted.clone()),
            false => usage(
                anyhow!("the ledger knows no project `{wanted}`"),
                format!("it knows {}", names(&known)),
            ),
        };
    }
    let is_real = |project: &&Project| project.as_str() != UNKNOWN_PROJECT;
    let real: Vec<&Project> = known.iter().filter(is_real).collect();
    match real.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Ok(known[0].clone()),
        _ => usage(
            anyhow!("the ledger knows several projects: {}", names(&known)),
            "name the one you mean with `--project NAME`".to_owned(),
        ),
    }
}

/// The session whose memory counts: of those that run one that may act, else the
/// newest.
fn leading(sessions: &[SessionRecord]) -> Option<&SessionRecord> {
    let rank = |session: &&SessionRecord| {
        let is_running = is_running(session);
        let may_act = is_running && session.mode != ControlMode::Observe;
        (is_running, may_act, session.id)
    };
    sessions.iter().max_by_key(rank)
}

fn is_running(session: &SessionRecord) -> bool {
    session.ended.is_none() && !is_gone(&session.actor)
}

fn charter(ledger: &Ledger, session: u64) -> Result<Option<Charter>, StoreError> {
    let input = ledger.event_get(session)?.and_then(|row| row.input);
    match input {
        Some(digest) => ledger.input_read(digest),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_project_is_meant() {
        check(None, &["wicap"], Ok("wicap"));
        check(None, &["unknown", "wicap"], Ok("wicap"));
        check(None, &["unknown"], Ok("unknown"));
        check(Some("shop"), &["shop", "wicap"], Ok("shop"));
    }

    #[test]
    fn what_is_unclear_is_told_with_all_names() {
        check(
            None,
            &["shop", "wicap"],
            Err("several projects: shop, wicap"),
        );
        check(None, &[], Err("knows no project yet"));
        check(Some("x"), &["shop"], Err("knows no project `x`"));
    }

    #[track_caller]
    fn check(wanted: Option<&str>, known: &[&str], expected: Result<&str, &str>) {
        let wanted: Option<Project> = wanted.map(|name| name.parse().unwrap());
        let known = known.iter().map(|name| name.parse().unwrap()).collect();
        match (choose(wanted.as_ref(), known), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(expected, found.as_str()),
            (Err(error), Err(expected)) => {
                assert!(error.to_string().contains(expected), "{error}");
            }
            (found, expected) => assert!(found.is_ok() == expected.is_ok(), "{found:?}"),
        }
    }
}
