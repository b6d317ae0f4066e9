//! Looks at what a contract speaks of, as far as that needs no engine.

use std::{fs, io, path::Path, time::Duration};

use futures_util::{StreamExt, stream};

use super::{
    env_store,
    reach::{self, Question, Web, WebError},
};
use crate::model::{
    Reading, Redacted, Timestamp,
    contract::{Contract, EndpointTerm, Facts, FileFact, PortTerm, ServiceFact},
};

/// How long a port may take to answer.
const PORT_LIMIT: Duration = Duration::from_secs(2);
/// How many probes are under way at once.
const PROBES_MAX: usize = 16;

/// Looks at ports, endpoints and files. Services are handed in by who can ask the
/// engine; `.env` files are left to who can read them, see [`text`].
///
/// # Errors
///
/// Fails if no HTTP client can be set up.
pub async fn gather(
    contract: &Contract,
    repo: &Path,
    services: Reading<Vec<ServiceFact>>,
    at: Timestamp,
) -> Result<Facts, WebError> {
    let web = Web::new()?;
    let mut facts = Facts::unseen(at);
    facts.services = services;
    let look_at_port = |term: &PortTerm| {
        let address = term.address.clone();
        async move {
            let seen = reach::port(&address, PORT_LIMIT).await;
            (address, seen)
        }
    };
    let ports = stream::iter(contract.ports.iter().map(look_at_port));
    facts.ports = ports.buffer_unordered(PROBES_MAX).collect().await;
    let look_at_endpoint = |term: &EndpointTerm| {
        let question = Question {
            url: term.url.clone(),
            limit: Duration::from_millis(term.timeout_ms),
            body: None,
            secret: None,
        };
        let web = web.clone();
        async move {
            let seen = web.ask(&question).await;
            (question.url, seen)
        }
    };
    let endpoints = stream::iter(contract.http_endpoints.iter().map(look_at_endpoint));
    facts.http = endpoints.buffer_unordered(PROBES_MAX).collect().await;
    let look_at_file = |path: &String| (path.clone(), file(repo, path));
    facts.files = contract
        .files
        .iter()
        .map(|term| look_at_file(&term.path))
        .collect();
    Ok(facts)
}

/// Reads a text file of the repository; `None` if it is not there.
pub fn text(repo: &Path, path: &str) -> Reading<Option<String>> {
    match file(repo, path) {
        Reading::Known(None) => Reading::Known(None),
        Reading::Unknown(why) => Reading::Unknown(why),
        Reading::Known(Some(_)) => match env_store::read(&repo.join(path)) {
            Ok(original) => Reading::Known(original.map(|original| original.text)),
            Err(error) => Reading::Unknown(Redacted::from_raw(&error.to_string())),
        },
    }
}

/// Looks at a file of the repository. A link that leads out of it is not followed.
fn file(repo: &Path, path: &str) -> Reading<Option<FileFact>> {
    let unknown = |why: String| Reading::Unknown(Redacted::from_raw(&why));
    let root = match fs::canonicalize(repo) {
        Ok(root) => root,
        Err(error) => return unknown(format!("cannot look into `{}`: {error}", repo.display())),
    };
    let target = match fs::canonicalize(root.join(path)) {
        Ok(target) => target,
        Err(error) if is_absent(&error) => return Reading::Known(None),
        Err(error) => return unknown(format!("cannot look at it: {error}")),
    };
    if !target.starts_with(&root) {
        return unknown("a link leads out of the repository".to_owned());
    }
    let seen = fs::metadata(&target).and_then(|data| Ok((data.len(), data.modified()?)));
    match seen {
        Ok((bytes, modified)) => {
            let since = modified
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap_or_default();
            let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
            Reading::Known(Some(FileFact {
                bytes,
                written_at: Timestamp::from_millis(millis),
            }))
        }
        Err(error) => unknown(format!("cannot look at it: {error}")),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
