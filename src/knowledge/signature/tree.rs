//! The templates: found by their masked form, merged when a word turns out to be a value.
//!
//! Every template counts, for each of its words, how many templates equal it but for that word.
//! When enough do, the place is learned to be a value: all templates with the same surroundings
//! become one there, and each id that vanishes leaves an alias.

use std::collections::BTreeMap;

use super::hash::{self, WILD};
use super::recency::Recency;
use super::soften;
use super::template::Template;
use crate::model::signature::SignatureId;

/// Words beyond this place are never learned to be values.
const PLACES_MAX: usize = 48;

/// Templates in slots, bounded, least recently used out.
#[derive(Debug, Default)]
pub(super) struct Tree {
    slots: Vec<Option<Template>>,
    free: Vec<u32>,
    recency: Recency,
    by_key: BTreeMap<u64, u32>,
    siblings: BTreeMap<u64, u32>,
    learned: BTreeMap<u64, u64>,
    founded: u64,
}

/// One template became part of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merge {
    pub(super) from: SignatureId,
    pub(super) into: SignatureId,
}

impl Tree {
    /// The slot of a template that takes `candidate`, found or founded; merges go to `merges`.
    pub(super) fn place(&mut self, mut candidate: Template, merges: &mut Vec<Merge>) -> u32 {
        self.apply_learned(&mut candidate);
        if let Some(slot) = self.by_key.get(&candidate.key()) {
            return *slot;
        }
        self.founded += 1;
        candidate.serial = self.founded;
        let slot = self.insert(candidate);
        self.learn_from(slot, merges).unwrap_or(slot)
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Template> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// Counts a line for the template in `slot`.
    #[inline]
    pub(super) fn count(&mut self, slot: u32) -> Option<SignatureId> {
        let template = self.slots.get_mut(slot as usize)?.as_mut()?;
        template.count += 1;
        let id = template.id;
        self.recency.touch(slot);
        Some(id)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Drops the least recently used template.
    pub(super) fn evict_oldest(&mut self) {
        if let Some(slot) = self.recency.oldest() {
            self.take(slot);
        }
    }

    /// All templates, least recently used first.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = &Template> {
        self.recency.oldest_first().filter_map(|slot| self.get(slot))
    }

    /// The learned places.
    pub(super) fn learned(&self) -> impl Iterator<Item = u64> + '_ {
        self.learned.keys().copied()
    }

    /// How many templates were ever founded.
    pub(super) fn founded(&self) -> u64 {
        self.founded
    }

    /// A tree with the given templates, least recently used first.
    pub(super) fn restored(templates: Vec<Template>, learned: &[u64], founded: u64) -> Self {
        let mut tree = Self { founded, ..Self::default() };
        tree.learned = learned.iter().map(|place| (*place, founded)).collect();
        for template in templates {
            if !tree.by_key.contains_key(&template.key()) {
                tree.insert(template);
            }
        }
        tree
    }

    /// Forgets the oldest learned places beyond `max`; how many.
    pub(super) fn forget_learned(&mut self, max: usize) -> u64 {
        let mut forgotten = 0;
        while self.learned.len() > max {
            let oldest = self.learned.iter().min_by_key(|(_, at)| **at).map(|(place, _)| *place);
            if let Some(place) = oldest {
                self.learned.remove(&place);
                forgotten += 1;
            }
        }
        forgotten
    }

    fn insert(&mut self, template: Template) -> u32 {
        for place in sibling_keys(&template) {
            *self.siblings.entry(place.1).or_insert(0) += 1;
        }
        let key = template.key();
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(template);
                slot
            }
            None => {
                self.slots.push(Some(template));
                (self.slots.len() - 1) as u32
            }
        };
        self.by_key.insert(key, slot);
        self.recency.insert(slot);
        slot
    }

    fn take(&mut self, slot: u32) -> Option<Template> {
        let template = self.slots.get_mut(slot as usize)?.take()?;
        self.recency.remove(slot);
        self.free.push(slot);
        self.by_key.remove(&template.key());
        for (_, key) in sibling_keys(&template) {
            if let Some(n) = self.siblings.get_mut(&key) {
                *n -= 1;
                if *n == 0 {
                    self.siblings.remove(&key);
                }
            }
        }
        Some(template)
    }

    /// Makes the learned places of a template wild.
    fn apply_learned(&self, template: &mut Template) {
        if self.learned.is_empty() {
            return;
        }
        let places = template.pieces.len().min(PLACES_MAX);
        let original: Vec<u64> = template.pieces.iter().map(|piece| piece.hash).collect();
        for at in 0..places {
            if original[at] != WILD && self.learned.contains_key(&surroundings(template.context, &original, at)) {
                template.pieces[at].hash = WILD;
            }
        }
    }

    /// Learns the places at which the new template in `slot` has enough siblings.
    fn learn_from(&mut self, slot: u32, merges: &mut Vec<Merge>) -> Option<u32> {
        let template = self.get(slot)?;
        let serial = template.serial;
        let place = sibling_keys(template).find(|(at, key)| {
            let n = self.siblings.get(key).copied().unwrap_or(0);
            soften::siblings_min(&template.pieces, *at).is_some_and(|min| n >= min)
        });
        let (at, _) = place?;
        let hashes: Vec<u64> = template.pieces.iter().map(|piece| piece.hash).collect();
        let context = template.context;
        self.learned.insert(surroundings(context, &hashes, at), serial);
        self.merge_at(context, &hashes, at, merges)
    }

    /// Makes place `at` wild in all templates with the surroundings of `hashes`; the slot of the one that `hashes` is now.
    fn merge_at(&mut self, context: u64, hashes: &[u64], at: usize, merges: &mut Vec<Merge>) -> Option<u32> {
        let place = surroundings(context, hashes, at);
        let alike: Vec<u32> = (0..self.slots.len() as u32)
            .filter(|slot| self.get(*slot).is_some_and(|template| is_at(template, context, place, at, hashes.len())))
            .collect();
        let mut own = None;
        for slot in alike {
            let Some(mut template) = self.take(slot) else { continue };
            let is_own = template.pieces.iter().zip(hashes).enumerate().all(|(i, (piece, hash))| i == at || piece.hash == *hash);
            template.pieces[at].hash = WILD;
            let merged = self.merge_in(template, merges);
            if is_own {
                own = Some(merged);
            }
        }
        own
    }

    /// Puts a template back, into its equal when there is one; the older of the two survives.
    fn merge_in(&mut self, template: Template, merges: &mut Vec<Merge>) -> u32 {
        let Some(slot) = self.by_key.get(&template.key()).copied() else {
            return self.insert(template);
        };
        let Some(other) = self.slots[slot as usize].as_mut() else {
            return self.insert(template);
        };
        let count = other.count + template.count;
        let younger = if template.serial < other.serial { std::mem::replace(other, template) } else { template };
        other.count = count;
        if younger.id != other.id {
            merges.push(Merge { from: younger.id, into: other.id });
        }
        slot
    }
}

fn is_at(template: &Template, context: u64, place: u64, at: usize, length: usize) -> bool {
    if template.pieces.len() != length || template.context != context || template.pieces[at].hash == WILD {
        return false;
    }
    let hashes: Vec<u64> = template.pieces.iter().map(|piece| piece.hash).collect();
    surroundings(context, &hashes, at) == place
}

/// What a learned place is known by: its position, its neighbours, the first word, the number of words.
fn surroundings(context: u64, hashes: &[u64], at: usize) -> u64 {
    let before = at.checked_sub(1).map_or(1, |i| hashes[i]);
    let after = hashes.get(at + 1).copied().unwrap_or(2);
    let first = if at == 0 { 3 } else { hashes[0] };
    [at as u64, before, after, first, hashes.len() as u64].into_iter().fold(context, hash::mix)
}

/// For each word of a template: its place, and the hash of all else.
fn sibling_keys(template: &Template) -> impl Iterator<Item = (usize, u64)> + '_ {
    let pieces = &template.pieces;
    let places = (0..pieces.len().min(PLACES_MAX)).filter(|at| pieces[*at].hash != WILD);
    places.map(|at| {
        let start = hash::mix(template.context, (pieces.len() as u64) << 32 | at as u64);
        let key = pieces.iter().enumerate().fold(start, |key, (i, piece)| {
            hash::mix(key, if i == at { WILD } else { piece.hash })
        });
        (at, key)
    })
}
