//! Which slot was used least recently.

const NONE: u32 = u32::MAX;

/// A doubly linked list over slot numbers, most recently used first.
#[derive(Debug)]
pub(super) struct Recency {
    links: Vec<(u32, u32)>,
    newest: u32,
    oldest: u32,
}

impl Default for Recency {
    fn default() -> Self {
        Self { links: Vec::new(), newest: NONE, oldest: NONE }
    }
}

impl Recency {
    /// Puts a slot that is not in the list in front.
    pub(super) fn insert(&mut self, slot: u32) {
        let needed = slot as usize + 1;
        if self.links.len() < needed {
            self.links.resize(needed, (NONE, NONE));
        }
        self.links[slot as usize] = (NONE, self.newest);
        match self.newest {
            NONE => self.oldest = slot,
            newest => self.links[newest as usize].0 = slot,
        }
        self.newest = slot;
    }

    /// Takes a slot out of the list.
    pub(super) fn remove(&mut self, slot: u32) {
        let (newer, older) = self.links[slot as usize];
        match newer {
            NONE => self.newest = older,
            newer => self.links[newer as usize].1 = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => self.links[older as usize].0 = newer,
        }
    }

    /// Moves a slot of the list to the front.
    #[inline]
    pub(super) fn touch(&mut self, slot: u32) {
        if self.newest != slot {
            self.remove(slot);
            self.insert(slot);
        }
    }

    /// The least recently used slot.
    pub(super) fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// All slots, least recently used first.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(self.oldest(), |slot| {
            let newer = self.links[*slot as usize].0;
            (newer != NONE).then_some(newer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_comes_first() {
        let mut recency = Recency::default();
        for slot in 0..4 {
            recency.insert(slot);
        }
        recency.touch(0);
        recency.touch(2);
        recency.remove(3);
        assert_eq!(recency.oldest_first().collect::<Vec<_>>(), [1, 0, 2]);
        recency.remove(1);
        recency.remove(0);
        recency.remove(2);
        assert_eq!(recency.oldest(), None);
        recency.insert(1);
        assert_eq!(recency.oldest(), Some(1));
    }
}
