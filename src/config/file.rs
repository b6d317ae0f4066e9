//! A configuration file becomes entries and mistakes, each with its line.

use std::{
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use super::{Mistake, Origin, keys, keys::SERVICES, layer::Entry, parse::did_you_mean, slot::Raw};
use crate::model::ServiceName;

/// The most bytes of a configuration file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The most mistakes of the language itself that are told of one file.
const SYNTAX_MISTAKES_MAX: usize = 10;

/// The tables of a file.
const TABLES: [&str; 4] = ["policy", "control", "engine", "stack"];

/// Reads a file.
pub(super) fn read(path: &Path) -> (Vec<Entry>, Vec<Mistake>) {
    match read_text(path) {
        Ok(text) => parse(path, &text),
        Err(error) => {
            let whole = Origin::File {
                path: path.to_owned(),
                line: 0,
            };
            let mistake = Mistake::new(&whole, format!("cannot read the file: {error}"));
            (Vec::new(), vec![mistake])
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let n_bytes = fs::File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    if n_bytes as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

fn parse(path: &Path, text: &str) -> (Vec<Entry>, Vec<Mistake>) {
    let mut reader = Reader {
        path: path.to_owned(),
        line_starts: text.match_indices('\n').map(|(at, _)| at + 1).collect(),
        entries: Vec::new(),
        mistakes: Vec::new(),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        reader.tables(document.get_ref());
    }
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.wrong(at, error.message().replace('\n', ", "));
    }
    if !errors.is_empty() {
        // What follows on a line is mostly the parser still searching its way.
        reader.mistakes.dedup_by(|a, b| a.origin == b.origin);
        reader.mistakes.truncate(SYNTAX_MISTAKES_MAX);
    }
    (reader.entries, reader.mistakes)
}

struct Reader {
    path: PathBuf,
    line_starts: Vec<usize>,
    entries: Vec<Entry>,
    mistakes: Vec<Mistake>,
}

type Item<'a, 'i> = (
    &'a Spanned<toml::de::DeString<'i>>,
    &'a Spanned<DeValue<'i>>,
);

impl Reader {
    fn origin(&self, at: usize) -> Origin {
        Origin::File {
            path: self.path.clone(),
            line: 1 + self.line_starts.partition_point(|start| *start <= at),
        }
    }

    fn wrong(&mut self, at: usize, text: String) {
        let mistake = Mistake::new(&self.origin(at), text);
        self.mistakes.push(mistake);
    }

    fn tables(&mut self, document: &DeTable<'_>) {
        for (key, value) in document {
            let name: &str = key.get_ref();
            if !TABLES.contains(&name) {
                let guess = did_you_mean(name, TABLES);
                self.wrong(
                    key.span().start,
                    format!("`{name}` is not a table of ours{guess}"),
                );
            } else if let Some(table) = self.table(name, (key, value)) {
                self.settings(name, table);
            }
        }
    }

    fn table<'a, 'i>(&mut self, name: &str, (key, value): Item<'a, 'i>) -> Option<&'a DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(
                key.span().start,
                format!("`{name}` is a table: write `[{name}]`"),
            );
        }
        table
    }

    fn settings(&mut self, table_name: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{table_name}.{}", key.get_ref());
            if name == "stack.services" {
                if let Some(services) = self.table(&name, (key, value)) {
                    self.services(services);
                }
                continue;
            }
            match keys::row_of(&name).filter(|row| row.is_in_file()) {
                Some(row) => {
                    let origin = self.origin(key.span().start);
                    self.entries
                        .push(Entry::row(row, raw(value.get_ref()), origin));
                }
                None => {
                    let prefix = format!("{table_name}.");
                    let rows = keys::rows().filter(|row| row.is_in_file());
                    let known = rows.filter_map(|row| row.name.strip_prefix(&prefix));
                    let known = known.chain((table_name == "stack").then_some("services"));
                    self.unknown(&name, (key, value), known);
                }
            }
        }
    }

    fn services(&mut self, services: &DeTable<'_>) {
        for (key, value) in services {
            let at = key.span().start;
            let name: ServiceName = match key.get_ref().parse() {
                Ok(name) => name,
                Err(error) => {
                    self.wrong(at, format!("{error}"));
                    continue;
                }
            };
            if let Some(table) = self.table(&format!("{SERVICES}{name}"), (key, value)) {
                let origin = self.origin(at);
                self.entries.push(Entry::named(name.clone(), origin));
                self.service(&name, "", table);
            }
        }
    }

    /// Reads one service, or with `prefix` its `probe.`.
    fn service(&mut self, service: &ServiceName, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            if let (true, Some(probe)) = (name == "probe", value.get_ref().as_table()) {
                self.service(service, "probe.", probe);
                continue;
            }
            match keys::service_row_of(&name) {
                Some(row) => {
                    let origin = self.origin(key.span().start);
                    let raw = raw(value.get_ref());
                    self.entries
                        .push(Entry::service(service.clone(), row, raw, origin));
                }
                None => {
                    let rows = keys::SERVICE_ROWS.iter();
                    let known = rows.filter_map(|row| row.name.strip_prefix(prefix));
                    let name = format!("{SERVICES}{service}.{name}");
                    self.unknown(&name, (key, value), known);
                }
            }
        }
    }

    fn unknown<'k>(
        &mut self,
        name: &str,
        (key, _): Item<'_, '_>,
        known: impl Iterator<Item = &'k str>,
    ) {
        let guess = did_you_mean(key.get_ref(), known.filter(|one| !one.contains('.')));
        self.wrong(
            key.span().start,
            format!("`{name}` is not a setting{guess}"),
        );
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Raw::Text(number.to_string()),
            Err(_) => Raw::Text(number.as_str().to_owned()),
        },
        DeValue::Float(number) => Raw::Text(number.as_str().to_owned()),
        DeValue::Boolean(switch) => Raw::Text(switch.to_string()),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Array(entries) => list(entries),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}

fn list(entries: &DeArray<'_>) -> Raw {
    let texts: Option<Vec<String>> = entries
        .iter()
        .map(|entry| entry.get_ref().as_str().map(str::to_owned))
        .collect();
    texts.map_or(Raw::Other("a list of anything but texts"), Raw::List)
}
