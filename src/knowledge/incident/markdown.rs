use std::fmt::Write as _;

use super::{
    bundle::{Incident, LogSummary, Match},
    text::quoted,
};

/// Commits and branches that are named.
const NAMED_MAX: usize = 5;

/// Writes an incident down as Markdown, in the predecessor's sections.
#[must_use]
pub fn markdown(incident: &Incident) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write(incident, &mut text);
    text
}

fn write(incident: &Incident, out: &mut String) -> std::fmt::Result {
    let bundle = &incident.bundle;
    writeln!(
        out,
        "# Incident: {}\n\n## Summary\n",
        quoted(&bundle.target)
    )?;
    writeln!(out, "- Target: {}", quoted(&bundle.target))?;
    writeln!(out, "- Generated: {}", incident.generated)?;
    writeln!(
        out,
        "- Began: {}",
        incident.began.as_deref().unwrap_or("unknown")
    )?;
    if let Some(doubt) = &incident.order_unknown {
        writeln!(out, "- Order not certain: {}", quoted(doubt))?;
    }
    for (category, clusters) in bundle.log_summary.by_category() {
        writeln!(out, "- {category}: {}", LogSummary::total(clusters))?;
    }
    advice(incident, out)?;
    git(incident, out)?;
    writeln!(out, "\n## Failure Signatures")?;
    for (category, clusters) in bundle.log_summary.by_category() {
        for cluster in clusters {
            writeln!(out, "\n### {category}\n\n- Occurrences: {}", cluster.count)?;
            writeln!(out, "- Signature id: {}", quoted(&cluster.signature))?;
            writeln!(out, "- Example: {}", quoted(&cluster.snippet))?;
            writeln!(
                out,
                "- File: {}",
                quoted(&format!("{}:{}", cluster.file, cluster.line))
            )?;
        }
    }
    sessions(incident, out)?;
    writeln!(out, "\n## Nearby Commits\n")?;
    for commit in &bundle.git_commits {
        writeln!(
            out,
            "- `{}` {} overlap={} {}",
            commit.hash,
            commit.date,
            commit.overlap_score,
            quoted(&commit.subject)
        )?;
    }
    none(bundle.git_commits.is_empty(), out)?;
    writeln!(out, "\n## Controller\n")?;
    for line in &incident.ledger {
        writeln!(out, "- {}", quoted(line))?;
    }
    none(incident.ledger.is_empty(), out)?;
    writeln!(out, "\n## Harness References\n")?;
    for script in &incident.scripts {
        writeln!(
            out,
            "- script_path: {} role: {}",
            quoted(&script.path),
            script.role
        )?;
        for command in script.commands.iter().take(3) {
            writeln!(out, "  - {}", quoted(command))?;
        }
    }
    none(incident.scripts.is_empty(), out)
}

fn advice(incident: &Incident, out: &mut String) -> std::fmt::Result {
    if let Some((service, at)) = incident.movers.first() {
        writeln!(out, "- First mover: {service} ({at})")?;
    }
    writeln!(out, "\n## Advice\n")?;
    let Some(best) = incident
        .answer
        .as_ref()
        .and_then(|answer| answer.best.as_ref())
    else {
        return writeln!(out, "(no answer: neither a known issue nor past work fits)");
    };
    if let Some(cause) = &best.cause {
        writeln!(out, "- Cause: {cause}")?;
    }
    writeln!(out, "- Confidence: {:.2}", best.confidence)?;
    for step in &best.steps {
        writeln!(out, "- Do: {step}")?;
    }
    for avoid in &best.avoid {
        writeln!(out, "- Do not: {avoid}")?;
    }
    Ok(())
}

fn git(incident: &Incident, out: &mut String) -> std::fmt::Result {
    let git = &incident.git;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "(none)".to_owned());
    writeln!(out, "\n## Git Context\n")?;
    writeln!(out, "- repo_url: {}", or_none(&git.repo_url))?;
    writeln!(
        out,
        "- most_common_commit_hash: {}",
        or_none(&git.most_common_commit_hash)
    )?;
    writeln!(out, "- commit_spread: {}", git.commit_spread)?;
    let sources = &git.evidence_sources;
    writeln!(
        out,
        "- evidence_sources: codex_sessions={} antigravity_conversations={}",
        sources.codex_sessions, sources.antigravity_conversations
    )?;
    for commit in git.unique_commits.iter().take(NAMED_MAX) {
        writeln!(out, "- commit: {} ({})", commit.commit_hash, commit.count)?;
    }
    for branch in git.unique_branches.iter().take(NAMED_MAX) {
        writeln!(
            out,
            "- branch: {} ({})",
            quoted(&branch.branch),
            branch.count
        )?;
    }
    Ok(())
}

fn sessions(incident: &Incident, out: &mut String) -> std::fmt::Result {
    writeln!(out, "\n## Related Fix Sessions\n")?;
    for session in &incident.bundle.related_sessions {
        writeln!(out, "### {}\n", quoted(&session.session_id))?;
        writeln!(
            out,
            "- Last: {}",
            session.ts_last.as_deref().unwrap_or("unknown")
        )?;
        writeln!(out, "- Source: {}", quoted(&session.source))?;
        if let Some(cwd) = &session.cwd {
            writeln!(out, "- Folder: {}", quoted(cwd))?;
        }
        if let Some(branch) = &session.git.branch {
            writeln!(out, "- Branch: {}", quoted(branch))?;
        }
        let matches = &session.matches;
        block(
            "Commands (untrusted: somebody's text)",
            &matches.commands,
            out,
        )?;
        block("Errors", &matches.errors, out)?;
        block("File Paths", &matches.file_paths, out)?;
        block("Outcomes", &matches.outcomes, out)?;
        writeln!(out)?;
    }
    none(incident.bundle.related_sessions.is_empty(), out)
}

fn block(name: &str, matches: &[Match], out: &mut String) -> std::fmt::Result {
    writeln!(out, "- {name}:")?;
    for one in matches.iter().take(5) {
        writeln!(out, "  - {}", quoted(&one.snippet))?;
    }
    if matches.is_empty() {
        writeln!(out, "  - (none)")?;
    }
    Ok(())
}

fn none(is_empty: bool, out: &mut String) -> std::fmt::Result {
    if is_empty {
        writeln!(out, "(none)")
    } else {
        Ok(())
    }
}

/// The index with an entry for a file put first; what it knew of that file goes, other text stays.
#[must_use]
pub fn index_with(index: &str, file: &str, entry: &str) -> String {
    let link = ["](", file, ")"].concat();
    let kept = index
        .lines()
        .filter(|line| !(line.starts_with("- [") && line.contains(&link)));
    let (mut head, mut entries): (Vec<&str>, Vec<&str>) = (Vec::new(), vec![entry]);
    for line in kept {
        if line.starts_with("- [") {
            entries.push(line)
        } else {
            head.push(line)
        }
    }
    while head.last().is_some_and(|line| line.is_empty()) {
        head.pop();
    }
    if !head.is_empty() {
        head.push("");
    }
    [head, entries].concat().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_has_each_file_once_and_the_newest_first() {
        let one = index_with("# Incidents\n", "a.md", "- [a](a.md) — x");
        let two = index_with(&one, "b.md", "- [b](b.md) — y");
        let three = index_with(&two, "a.md", "- [a](a.md) — z");
        assert_eq!("# Incidents\n\n- [a](a.md) — z\n- [b](b.md) — y\n", three);
    }
}
