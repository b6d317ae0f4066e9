//! Templates: what the lines of one signature share.

use super::hash::{self, WILD};
use super::mask::{Kind, Masked};
use super::soften;
use crate::model::signature::SignatureId;

/// What stands where the values of a template differ.
const WILD_TEXT: &str = "<*>";

/// One token of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its text in the founding line.
    pub(super) text: Box<[u8]>,
    /// Hash of the text, or [`WILD`].
    pub(super) hash: u64,
    /// Whether a blank stands before it.
    pub(super) is_spaced: bool,
}

/// One template in the tree.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) id: SignatureId,
    /// Order of founding.
    pub(super) serial: u64,
    /// Tells templates of the same text apart.
    pub(super) context: u64,
    pub(super) pieces: Vec<Piece>,
    pub(super) count: u64,
}

impl Template {
    /// The template that a line founds: values by their look are wild from the start.
    pub(super) fn found(context: u64, masked: &Masked, serial: u64) -> Self {
        let mut end = 0;
        let tokens = masked.tokens();
        let mut pieces: Vec<Piece> = tokens
            .iter()
            .map(|token| {
                let is_spaced = token.start > end;
                end = token.end;
                let hash = if token.kind == Kind::Value { WILD } else { token.hash };
                Piece { text: masked.token_text(token).into(), hash, is_spaced }
            })
            .collect();
        soften::soften(&mut pieces);
        let id = hash::founding_id(context, masked.text());
        Self { id, serial, context, pieces, count: 0 }
    }

    /// What the tree finds it by.
    pub(super) fn key(&self) -> u64 {
        let start = hash::mix(self.context, self.pieces.len() as u64);
        self.pieces.iter().fold(start, |key, piece| hash::mix(key, piece.hash))
    }

    /// The template as text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            if piece.is_spaced {
                text.push(' ');
            }
            let own = String::from_utf8_lossy(&piece.text);
            let is_value = own.starts_with('<') && own.contains('>');
            text.push_str(if piece.hash == WILD && !is_value { WILD_TEXT } else { &own });
        }
        text
    }
}

/// A template as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateView {
    /// Its id.
    pub id: SignatureId,
    /// The masked text; `<*>` where words differ.
    pub text: String,
    /// How many lines it has taken.
    pub count: u64,
}
