//! Saving an engine and going on from there.

use serde::{Deserialize, Serialize};

use super::engine::{Counts, Engine, Limits};
use super::hash::{self, WILD};
use super::template::{Piece, Template};
use super::tree::Tree;
use crate::model::signature::SignatureId;

/// Version of the form that is saved; another one is refused.
const VERSION: u32 = 1;

/// Everything an engine knows, in a form that can be stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    version: u32,
    founded: u64,
    templates: Vec<SavedTemplate>,
    aliases: Vec<(SignatureId, SignatureId)>,
    learned: Vec<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedTemplate {
    id: SignatureId,
    serial: u64,
    context: u64,
    count: u64,
    pieces: Vec<SavedPiece>,
}

/// `w` wild, `s` a blank stands before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedPiece {
    t: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    h: Option<u64>,
    w: bool,
    s: bool,
}

/// A state that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It was saved by another version.
    #[error("signature state has version {0}, this program reads version {VERSION}")]
    Version(u32),
}

impl Engine {
    /// What the engine knows now.
    #[must_use]
    pub fn state(&self) -> State {
        let order = self.alias_order.iter();
        State {
            version: VERSION,
            founded: self.counts().founded,
            templates: self.tree.oldest_first().map(save).collect(),
            aliases: order.filter_map(|from| Some((*from, *self.aliases.get(from)?))).collect(),
            learned: self.tree.learned().collect(),
        }
    }

    /// An engine that goes on from `state`: lines it knew get the ids they had.
    ///
    /// # Errors
    ///
    /// When the state is of another version.
    pub fn restore(limits: Limits, state: State) -> Result<Self, StateError> {
        if state.version != VERSION {
            return Err(StateError::Version(state.version));
        }
        let mut engine = Self::new(limits);
        let excess = state.templates.len().saturating_sub(limits.templates_max);
        let templates = state.templates.into_iter().skip(excess).map(load).collect();
        engine.tree = Tree::restored(templates, &state.learned, state.founded);
        engine.alias_order = state.aliases.iter().map(|(from, _)| *from).collect();
        engine.aliases = state.aliases.into_iter().collect();
        engine.counts = Counts { templates_dropped: excess as u64, ..Counts::default() };
        Ok(engine)
    }
}

fn save(template: &Template) -> SavedTemplate {
    let pieces = template.pieces.iter().map(|piece| {
        let is_wild = piece.hash == WILD;
        let is_plain = is_wild || piece.hash == hash::bytes(&piece.text);
        SavedPiece {
            t: String::from_utf8_lossy(&piece.text).into_owned(),
            h: (!is_plain).then_some(piece.hash),
            w: is_wild,
            s: piece.is_spaced,
        }
    });
    SavedTemplate {
        id: template.id,
        serial: template.serial,
        context: template.context,
        count: template.count,
        pieces: pieces.collect(),
    }
}

fn load(saved: SavedTemplate) -> Template {
    let pieces = saved.pieces.into_iter().map(|piece| {
        let text = piece.t.into_bytes();
        let hash = if piece.w { WILD } else { piece.h.unwrap_or_else(|| hash::bytes(&text)) };
        Piece { text: text.into(), hash, is_spaced: piece.s }
    });
    Template {
        id: saved.id,
        serial: saved.serial,
        context: saved.context,
        pieces: pieces.collect(),
        count: saved.count,
    }
}
