//! Columns for people.

use crate::knowledge::incident::quoted;

/// A table: columns as wide as what is in them, numbers to the right.
#[derive(Clone, Debug)]
pub(super) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(super) fn new(head: &[&'static str]) -> Self {
        Self {
            head: head.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; it has as many cells as there are columns.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines, each without blanks at its end. The last column is as long as it is.
    pub(super) fn lines(&self) -> Vec<String> {
        let head: Vec<String> = self.head.iter().map(|name| (*name).to_owned()).collect();
        let widths: Vec<usize> = (0..head.len())
            .map(|at| {
                let cells = self.rows.iter().map(|row| row[at].chars().count());
                cells.fold(head[at].chars().count(), usize::max)
            })
            .collect();
        let is_number: Vec<bool> = (0..head.len())
            .map(|at| self.rows.iter().all(|row| looks_like_number(&row[at])))
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().enumerate().map(|(at, cell)| {
                let fill = " ".repeat(widths[at].saturating_sub(cell.chars().count()));
                match is_number[at] {
                    true => format!("{fill}{cell}"),
                    false => format!("{cell}{fill}"),
                }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        [&head].into_iter().chain(&self.rows).map(line).collect()
    }

    /// The lines of a table of Markdown; what is more than a plain word stands in quotes of code.
    pub(super) fn markdown(&self) -> Vec<String> {
        let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        let head = self.head.iter().map(|name| (*name).to_owned()).collect();
        let sides = (0..self.head.len()).map(|at| {
            let is_number = self.rows.iter().all(|row| looks_like_number(&row[at]));
            if is_number { "---:" } else { "---" }.to_owned()
        });
        let mut lines = vec![row(head), row(sides.collect())];
        for cells in &self.rows {
            lines.push(row(cells.iter().map(|cell| cell_of(cell)).collect()));
        }
        lines
    }
}

fn looks_like_number(cell: &str) -> bool {
    let mut chars = cell.chars();
    let first = chars.next();
    first.is_some_and(|c| c.is_ascii_digit() || (c == '+' || c == '-') && cell.len() > 1)
        && chars.all(|c| c.is_ascii_digit() || c == '.')
}

fn cell_of(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " .,:+-/%".contains(c);
    match text.chars().all(is_plain) {
        true => text.to_owned(),
        false => quoted(text).replace('|', "\\|"),
    }
}

/// A text of one line, cut where it is longer than `n_max` characters.
pub(super) fn cut(text: &str, n_max: usize) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if clean.chars().count() <= n_max {
        return clean;
    }
    let start: String = clean.chars().take(n_max.saturating_sub(1)).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let mut table = Table::new(&["seen", "what"]);
        table.row(vec!["7".to_owned(), "a".to_owned()]);
        table.row(vec!["1200".to_owned(), "longer".to_owned()]);
        assert_eq!(vec!["seen  what", "   7  a", "1200  longer"], table.lines());
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!("abc", cut("abc", 3));
        assert_eq!("ab…", cut("abcd", 3));
        assert_eq!("a b", cut("a\tb", 9));
    }
}
