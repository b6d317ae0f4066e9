//! Reports: printed for people or programs, and kept as Markdown where that is asked for.

use std::path::PathBuf;

use serde::Serialize;

use super::{Context, document, table::Table};
use crate::{
    knowledge::incident::{index_with, quoted, slug},
    model::Timestamp,
};

/// Characters of a name of a file that come from what was asked.
const SLUG_CHARS: usize = 48;

/// Where a report is kept beside being printed.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
struct Keep {
    /// Keep it as Markdown as well, in `reports` of the data folder.
    #[arg(long)]
    save: bool,
    /// Keep it as Markdown as well, in `docs/reports` of the repository.
    #[arg(long)]
    into_repo: bool,
}

/// Flags of every report.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Tell it as of this time (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<Timestamp>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    keep: Keep,
}

impl ReportArgs {
    /// The same for a report that is not worth a file.
    pub(super) fn unkept(self) -> Self {
        Self {
            keep: Keep::default(),
            ..self
        }
    }
}

/// Text for people: lines, and tables between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(Vec<Block>);

#[derive(Clone, Debug)]
enum Block {
    Lines(Vec<String>),
    Table(Table),
}

impl From<Vec<String>> for Text {
    fn from(lines: Vec<String>) -> Self {
        Self(vec![Block::Lines(lines)])
    }
}

impl Text {
    /// Adds a table.
    pub(super) fn with(mut self, table: Table) -> Self {
        self.0.push(Block::Table(table));
        self
    }

    fn lines(&self) -> Vec<String> {
        let of = |block: &Block| match block {
            Block::Lines(lines) => lines.clone(),
            Block::Table(table) => table.lines(),
        };
        self.0.iter().flat_map(of).collect()
    }

    /// Lines as they are in a fence that none of them closes, tables as tables.
    fn markdown(&self) -> String {
        let mut text = String::new();
        for block in &self.0 {
            match block {
                Block::Lines(lines) => {
                    let whole = lines.join("\n");
                    let whole = whole.trim_matches('\n');
                    if !whole.is_empty() {
                        let longest = whole.split(|c| c != '`').map(str::len).max();
                        let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
                        text.push_str(&format!("\n{fence}text\n{whole}\n{fence}\n"));
                    }
                }
                Block::Table(table) => {
                    text.push('\n');
                    for line in table.markdown() {
                        text.push_str(&line);
                        text.push('\n');
                    }
                }
            }
        }
        text
    }
}

/// A report: a document for programs, and text for people.
pub(super) struct Told {
    json: String,
    text: Text,
}

/// Under which name a report is kept.
pub(super) struct Title<'a> {
    /// The command.
    pub(super) name: &'a str,
    /// What was asked about; nothing for reports about everything.
    pub(super) about: Option<&'a str>,
    /// As of when it is told.
    pub(super) as_of: Timestamp,
}

impl Told {
    /// A report of this document and this text.
    ///
    /// # Errors
    ///
    /// When the document cannot be written as JSON.
    pub(super) fn new(document: &impl Serialize, text: impl Into<Text>) -> anyhow::Result<Self> {
        Ok(Self {
            json: serde_json::to_string_pretty(document)?,
            text: text.into(),
        })
    }

    /// Prints it, and keeps it where that is asked for; where it was kept goes to stderr.
    ///
    /// # Errors
    ///
    /// When it cannot be printed or written.
    pub(super) fn tell(
        &self,
        ctx: &Context,
        args: ReportArgs,
        title: &Title<'_>,
    ) -> anyhow::Result<()> {
        for (is_wanted, into_repo) in [(args.keep.save, false), (args.keep.into_repo, true)] {
            if is_wanted {
                let path = self.keep(ctx, title, into_repo)?;
                ctx.output.note(&format!("kept as {}", path.display()));
            }
        }
        if args.json {
            return ctx.output.line(&self.json);
        }
        let lines = self.text.lines();
        lines.iter().try_for_each(|line| ctx.output.line(line))
    }

    fn keep(&self, ctx: &Context, title: &Title<'_>, into_repo: bool) -> anyhow::Result<PathBuf> {
        let folder = document::folder(ctx, "reports", into_repo)?;
        let as_of = title.as_of.to_string();
        let day = as_of.get(..10).unwrap_or(&as_of);
        let about = title.about.map(|about| slug(about, SLUG_CHARS, "all"));
        let name: Vec<&str> = [Some(title.name), about.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        let name = name.join("-");
        let file = format!("{day}-{name}.md");
        let asked = match title.about {
            Some(about) => format!("- Asked: {}\n", quoted(about)),
            None => String::new(),
        };
        let text = format!(
            "# {}\n\n- As of: {as_of}\n{asked}{}",
            title.name,
            self.text.markdown()
        );
        let path = folder.join(&file);
        document::whole(&path, &text, into_repo)?;
        let entry = format!("- [{day} {name}]({file})");
        let index = index_with(&document::index(&folder, "Reports"), &file, &entry);
        document::whole(&folder.join("INDEX.md"), &index, into_repo)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_in_its_fence_and_its_cell() {
        let mut table = Table::new(&["n", "what"]);
        table.row(vec!["1".to_owned(), "a|b # `c`".to_owned()]);
        let lines = vec!["```".to_owned(), "# no heading".to_owned()];
        let text = Text::from(lines).with(table).markdown();
        assert_eq!(
            "\n````text\n```\n# no heading\n````\n\n| n | what |\n| ---: | --- |\n| 1 | `` a\\|b # `c` `` |\n",
            text
        );
    }
}
