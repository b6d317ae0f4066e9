/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// `KEY=value`: blanks around it are cut, ` #` starts a comment, `$` is replaced.
    None,
    /// `KEY='value'`: every character stands for itself.
    Single,
    /// `KEY="value"`: `\` escapes, `$` is replaced.
    Double,
}

impl Quote {
    /// Tells by its first character how a value is written.
    pub(super) fn of(value: &str) -> Self {
        match value.as_bytes().first() {
            Some(b'\'') => Self::Single,
            Some(b'"') => Self::Double,
            _ => Self::None,
        }
    }

    /// The quotation mark; a blank where there is none.
    pub(super) fn mark(self) -> char {
        match self {
            Self::None => ' ',
            Self::Single => '\'',
            Self::Double => '"',
        }
    }

    /// Writes `value` so that every reader gets exactly it: in this style if the style
    /// can hold it, else in the plainest one that can.
    pub(super) fn write(self, value: &str) -> String {
        let style = [self, Self::None, Self::Single]
            .into_iter()
            .find(|style| style.can_hold(value))
            .unwrap_or(Self::Double);
        match style {
            Self::None => value.to_owned(),
            Self::Single => format!("'{value}'"),
            Self::Double => format!("\"{}\"", escaped(value)),
        }
    }

    fn can_hold(self, value: &str) -> bool {
        match self {
            Self::None => {
                let is_trimmed = value.trim() == value;
                let starts_well = !value.starts_with(['#', '\'', '"', '`']);
                let has_comment = value.contains(" #") || value.contains("\t#");
                is_trimmed && starts_well && !has_comment && !value.contains(['$', '\n', '\r'])
            }
            // A backslash before the closing quote would keep it from closing, and some
            // readers take a doubled one for one.
            Self::Single => !value.contains(['\'', '\r']) && !has_tricky_backslash(value),
            Self::Double => true,
        }
    }
}

fn has_tricky_backslash(value: &str) -> bool {
    value.ends_with('\\') || value.contains("\\\\")
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '$' => text.push_str("\\$"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            c => text.push(c),
        }
    }
    text
}
