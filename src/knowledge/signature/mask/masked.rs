//! A masked message and its tokens.

use crate::knowledge::signature::hash::{self, WILD};

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text only.
    Word,
    /// One masked value, perhaps with a comma after it.
    Value,
    /// Text and masked values.
    Mixed,
}

/// One token of a masked message.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// Where it begins in the masked text.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// Hash of its text, in which every mask is the same.
    pub hash: u64,
    /// What it is made of.
    pub kind: Kind,
}

/// A masked message. One is used over and over.
#[derive(Debug, Default)]
pub struct Masked {
    text: Vec<u8>,
    tokens: Vec<Token>,
    masks: Vec<(u32, u32)>,
    token_start: usize,
    token_masks: usize,
    space_pending: bool,
    /// The status code of an access line.
    pub(super) status: Option<u16>,
}

impl Masked {
    /// The masked text; its tokens are parted by at most one blank.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Its tokens, in order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The status code, when the message is an access line.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The text of one token.
    #[must_use]
    pub fn token_text(&self, token: &Token) -> &[u8] {
        &self.text[token.start as usize..token.end as usize]
    }

    /// Hash of all tokens: equal for lines of the same masked form.
    #[must_use]
    pub fn form(&self) -> u64 {
        self.tokens
            .iter()
            .fold(self.tokens.len() as u64, |hash, token| {
                hash::mix(hash, token.hash)
            })
    }

    /// Forgets the message.
    pub(in crate::knowledge::signature) fn forget(&mut self) {
        self.clear();
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.tokens.clear();
        self.masks.clear();
        self.token_start = 0;
        self.token_masks = 0;
        self.space_pending = false;
        self.status = None;
    }

    #[inline]
    pub(super) fn word(&mut self, bytes: &[u8]) {
        self.open();
        self.text.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn byte(&mut self, b: u8) {
        self.open();
        self.text.push(b);
    }

    #[inline]
    pub(super) fn value(&mut self, name: &'static [u8]) {
        self.open();
        let start = self.text.len() as u32;
        self.text.extend_from_slice(name);
        self.masks.push((start, self.text.len() as u32));
    }

    pub(super) fn ends_with(&self, text: &[u8]) -> bool {
        self.text.ends_with(text)
    }

    /// The byte that the next one stands right behind.
    pub(super) fn last_byte(&self) -> Option<u8> {
        if self.space_pending {
            None
        } else {
            self.text.last().copied()
        }
    }

    /// Whether the next byte stands right behind a `=`.
    pub(super) fn follows_equals(&self) -> bool {
        !self.space_pending && self.text.last() == Some(&b'=')
    }

    /// A blank stands before the next token.
    #[inline]
    pub(super) fn space(&mut self) {
        if self.token_start != self.text.len() {
            self.end_token();
        }
        self.space_pending = true;
    }

    #[inline]
    fn open(&mut self) {
        if self.space_pending {
            self.space_pending = false;
            if !self.text.is_empty() {
                self.text.push(b' ');
                self.token_start = self.text.len();
            }
        }
    }

    /// Ends the token that is being written, if there is one.
    pub(super) fn end_token(&mut self) {
        let (start, end) = (self.token_start, self.text.len());
        if start == end {
            return;
        }
        if self.masks.len() == self.token_masks {
            self.token_start = end;
            let hash = hash::bytes(&self.text[start..end]);
            self.tokens.push(Token {
                start: start as u32,
                end: end as u32,
                hash,
                kind: Kind::Word,
            });
            return;
        }
        let kind = self.kind();
        let first_mask = self.token_masks;
        self.token_start = end;
        self.token_masks = self.masks.len();
        let hash = match kind {
            Kind::Value => WILD,
            Kind::Word | Kind::Mixed => self.mixed_hash(start, first_mask),
        };
        let repeats = self
            .tokens
            .last()
            .is_some_and(|last| last.hash == hash && last.kind == kind);
        if repeats {
            return self.replace_last(start, first_mask);
        }
        self.tokens.push(Token {
            start: start as u32,
            end: end as u32,
            hash,
            kind,
        });
    }

    fn kind(&self) -> Kind {
        let text = &self.text[self.token_start..];
        match &self.masks[self.token_masks..] {
            [] => Kind::Word,
            [(from, to)] if (to - from) as usize == text.len() => Kind::Value,
            [first, .., last] | [first @ last] => {
                let starts = first.0 as usize == self.token_start;
                let tail = self.text.len() - last.1 as usize;
                let is_list = starts && tail <= 1 && self.only_commas(text);
                if is_list { Kind::Value } else { Kind::Mixed }
            }
        }
    }

    /// Whether the text of the token is nothing but masks and at most one closing comma.
    fn only_commas(&self, text: &[u8]) -> bool {
        let masked: u32 = self.masks[self.token_masks..]
            .iter()
            .map(|(from, to)| to - from)
            .sum();
        text.len() == masked as usize + 1 && text.last() == Some(&b',')
    }

    /// The token repeats the one before it (a list of values): it takes its place.
    fn replace_last(&mut self, start: usize, first_mask: usize) {
        let Some(last) = self.tokens.last_mut() else {
            return;
        };
        let length = self.text.len() - start;
        let target = last.start as usize;
        self.text.copy_within(start.., target);
        self.text.truncate(target + length);
        last.end = self.text.len() as u32;
        self.token_start = self.text.len();
        self.masks.truncate(first_mask);
        self.token_masks = first_mask;
    }

    fn mixed_hash(&self, start: usize, first_mask: usize) -> u64 {
        let mut at = start;
        let mut hash = WILD;
        for (from, to) in &self.masks[first_mask..] {
            hash = hash::mix(hash, hash::bytes(&self.text[at..*from as usize]));
            at = *to as usize;
        }
        hash::mix(hash, hash::bytes(&self.text[at..]))
    }
}
