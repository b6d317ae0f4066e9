use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// What one past session says about the repository it worked on.
#[derive(Clone, Copy, Debug)]
pub struct GitEvidence<'a> {
    /// `codex` or `antigravity`.
    pub source: &'a str,
    /// The id of the session.
    pub id: &'a str,
    /// The repository.
    pub repo_url: Option<&'a str>,
    /// The branch.
    pub branch: Option<&'a str>,
    /// The commit.
    pub commit_hash: Option<&'a str>,
}

/// A commit, and how many sessions name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitCount {
    /// The commit.
    pub commit_hash: String,
    /// Sessions.
    pub count: u32,
}

/// A branch, and how many sessions name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BranchCount {
    /// The branch.
    pub branch: String,
    /// Sessions.
    pub count: u32,
}

/// Sessions with something to say, by source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EvidenceSources {
    /// Sessions with the coding tool.
    pub codex_sessions: u32,
    /// Conversations.
    pub antigravity_conversations: u32,
}

/// Where in the history of the repository past work on a failure was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GitContext {
    /// The repository, where all name the same.
    pub repo_url: Option<String>,
    /// The commit that most sessions name.
    pub most_common_commit_hash: Option<String>,
    /// Commits, the most frequent first.
    pub unique_commits: Vec<CommitCount>,
    /// Branches, the most frequent first.
    pub unique_branches: Vec<BranchCount>,
    /// Different commits.
    pub commit_spread: usize,
    /// Who says so.
    pub evidence_sources: EvidenceSources,
}

impl GitContext {
    /// Counts what sessions say. One that says nothing does not count, and none counts twice.
    pub fn of<'a>(evidence: impl IntoIterator<Item = GitEvidence<'a>>) -> Self {
        let mut context = Self::default();
        let mut seen = BTreeSet::new();
        let mut repos = BTreeSet::new();
        let (mut commits, mut branches) = (BTreeMap::new(), BTreeMap::new());
        for one in evidence {
            let fields = [one.repo_url, one.branch, one.commit_hash];
            let [repo, branch, commit] =
                fields.map(|field| field.map(str::trim).filter(|text| !text.is_empty()));
            let says_something = repo.or(branch).or(commit).is_some();
            if !says_something || !one.id.is_empty() && !seen.insert((one.source, one.id)) {
                continue;
            }
            repos.extend(repo);
            if let Some(branch) = branch {
                *branches.entry(branch).or_insert(0) += 1;
            }
            if let Some(commit) = commit {
                *commits.entry(commit).or_insert(0) += 1;
            }
            match one.source {
                "codex" => context.evidence_sources.codex_sessions += 1,
                "antigravity" => context.evidence_sources.antigravity_conversations += 1,
                _ => (),
            }
        }
        if let (Some(repo), 1) = (repos.first(), repos.len()) {
            context.repo_url = Some((*repo).to_owned());
        }
        for (commit, count) in most_first(&commits) {
            let commit_hash = commit.to_owned();
            context
                .unique_commits
                .push(CommitCount { commit_hash, count });
        }
        for (branch, count) in most_first(&branches) {
            let branch = branch.to_owned();
            context.unique_branches.push(BranchCount { branch, count });
        }
        context.commit_spread = context.unique_commits.len();
        let most_common = context.unique_commits.first();
        context.most_common_commit_hash = most_common.map(|commit| commit.commit_hash.clone());
        context
    }
}

/// The most frequent first; of equals the first by name.
fn most_first<'a>(counts: &BTreeMap<&'a str, u32>) -> Vec<(&'a str, u32)> {
    let mut list: Vec<_> = counts.iter().map(|(name, count)| (*name, *count)).collect();
    list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session<'a>(id: &'a str, repo: &'a str, commit: &'a str) -> GitEvidence<'a> {
        GitEvidence {
            source: "codex",
            id,
            repo_url: Some(repo),
            branch: Some("main"),
            commit_hash: Some(commit),
        }
    }

    #[test]
    fn the_commit_that_most_sessions_name_comes_first() {
        let context = GitContext::of([
            session("a", "u", "c2"),
            session("b", "u", "c1"),
            session("c", "u", "c2"),
            session("a", "u", "c9"),
            session("d", " ", ""),
        ]);
        assert_eq!(Some("c2"), context.most_common_commit_hash.as_deref());
        assert_eq!(2, context.commit_spread);
        assert_eq!(Some("u"), context.repo_url.as_deref());
        assert_eq!(4, context.unique_branches[0].count);
        assert_eq!(4, context.evidence_sources.codex_sessions);
    }

    #[test]
    fn two_repositories_are_none() {
        let context = GitContext::of([session("a", "u", "c"), session("b", "v", "c")]);
        assert_eq!(None, context.repo_url);
        assert_eq!(GitContext::default(), GitContext::of([]));
    }
}
