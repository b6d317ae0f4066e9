//! Lines in, ids out.

use std::collections::{BTreeMap, VecDeque};

use super::hash;
use super::prepared::Prepared;
use super::template::{Template, TemplateView};
use super::tree::{Merge, Tree};
use crate::model::signature::SignatureId;

/// Named maxima of an [`Engine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Templates kept; beyond that the least recently used goes.
    pub templates_max: usize,
    /// Aliases kept; beyond that the oldest goes.
    pub aliases_max: usize,
    /// Learned places kept; beyond that the oldest goes.
    pub learned_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { templates_max: 16_384, aliases_max: 65_536, learned_max: 16_384 }
    }
}

/// What an engine has seen and dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Lines that were given an id.
    pub lines: u64,
    /// Templates ever founded.
    pub founded: u64,
    /// Templates that became part of another.
    pub merged: u64,
    /// Templates dropped for want of room.
    pub templates_dropped: u64,
    /// Aliases dropped for want of room.
    pub aliases_dropped: u64,
    /// Learned places dropped for want of room.
    pub learned_dropped: u64,
}

/// Forms remembered with their slot, a power of two: a line seen before needs one look-up.
const FORMS: usize = 1 << 16;

#[derive(Clone, Copy, Debug, Default)]
struct Form {
    key: u64,
    slot: u32,
    era: u32,
}

/// Gives every line the id of its template.
#[derive(Debug)]
pub struct Engine {
    pub(super) limits: Limits,
    pub(super) tree: Tree,
    forms: Vec<Form>,
    era: u32,
    pub(super) aliases: BTreeMap<SignatureId, SignatureId>,
    pub(super) alias_order: VecDeque<SignatureId>,
    pub(super) counts: Counts,
    line: Prepared,
}

impl Engine {
    /// An engine that has seen nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            tree: Tree::default(),
            forms: vec![Form::default(); FORMS],
            era: 1,
            aliases: BTreeMap::new(),
            alias_order: VecDeque::new(),
            counts: Counts::default(),
            line: Prepared::default(),
        }
    }

    /// Reads one line and gives it an id.
    pub fn line(&mut self, line: &[u8]) -> SignatureId {
        let mut prepared = std::mem::take(&mut self.line);
        prepared.read(line);
        let id = self.assign(&prepared);
        self.line = prepared;
        id
    }

    /// Gives a line an id, in the order of the lines.
    ///
    /// The id is final only after the last line: ask [`Engine::resolve`] then.
    #[inline]
    pub fn assign(&mut self, line: &Prepared) -> SignatureId {
        self.counts.lines += 1;
        let key = hash::mix(line.context(), line.masked().form());
        let form = self.forms[key as usize & (FORMS - 1)];
        if form.key == key
            && form.era == self.era
            && let Some(id) = self.tree.count(form.slot)
        {
            return id;
        }
        self.assign_new(line, key)
    }

    /// The id that a once given id has now.
    #[must_use]
    pub fn resolve(&self, id: SignatureId) -> SignatureId {
        let mut id = id;
        while let Some(into) = self.aliases.get(&id) {
            id = *into;
        }
        id
    }

    /// All templates, least recently used first.
    pub fn templates(&self) -> impl Iterator<Item = TemplateView> + '_ {
        self.tree.oldest_first().map(|template| TemplateView {
            id: self.resolve(template.id),
            text: template.text(),
            count: template.count,
        })
    }

    /// What was seen and dropped so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { founded: self.tree.founded(), ..self.counts }
    }

    fn assign_new(&mut self, line: &Prepared, key: u64) -> SignatureId {
        let mut template = Template::found(line.context(), line.masked(), 0);
        template.id = self.resolve(template.id);
        let mut merges = Vec::new();
        let slot = self.tree.place(template, &mut merges);
        for merge in &merges {
            self.alias(*merge);
        }
        let id = self.tree.count(slot).expect("a template was just placed in this slot");
        let mut has_changed = !merges.is_empty();
        while self.tree.len() > self.limits.templates_max {
            self.tree.evict_oldest();
            self.counts.templates_dropped += 1;
            has_changed = true;
        }
        self.counts.learned_dropped += self.tree.forget_learned(self.limits.learned_max);
        if has_changed {
            // Remembered slots may be another template's now.
            self.era += 1;
        }
        self.forms[key as usize & (FORMS - 1)] = Form { key, slot, era: self.era };
        id
    }

    fn alias(&mut self, merge: Merge) {
        self.counts.merged += 1;
        let (from, into) = (self.resolve(merge.from), self.resolve(merge.into));
        if from == into {
            return;
        }
        self.aliases.insert(from, into);
        self.alias_order.push_back(from);
        while self.alias_order.len() > self.limits.aliases_max {
            if let Some(oldest) = self.alias_order.pop_front() {
                self.aliases.remove(&oldest);
                self.counts.aliases_dropped += 1;
            }
        }
    }
}
