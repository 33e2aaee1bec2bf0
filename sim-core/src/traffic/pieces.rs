//! Where somebody is, and how work on all vehicles is cut up.
//!
//! Most links of a city are empty at any time, ways through junctions above all. [`Presence`] keeps one byte a link, so
//! that an empty one is passed over without reading its lists. [`Pieces`] lists the links with vehicles and cuts the
//! list where about equal numbers of vehicles lie between; a piece is what one thread does at a time. Pieces follow
//! from the vehicles alone, never from the number of threads.

use rayon::prelude::*;

use crate::ids::{Id, LinkId};

/// Vehicles in a piece, about.
const VEHICLES: usize = 128;
/// A vehicle's front is on the link.
const FRONT: u8 = 1;
/// A rear whose front is farther on lies on the link.
const REAR: u8 = 2;

/// On which links somebody is: derived from the vehicles, not part of the state.
///
/// Until it is [filled](Self::fill), it tells nothing: somebody may be anywhere.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    by_link: Vec<u8>,
}

impl PartialEq for Presence {
    /// Two states are equal whether or not this has been worked out.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Presence {
    /// Works everything out from the numbers of vehicles on all links, and the links with rears.
    pub fn fill(&mut self, counts: impl Iterator<Item = usize>, rears: &[LinkId]) {
        self.by_link.clear();
        self.by_link.extend(counts.map(|n| if n > 0 { FRONT } else { 0 }));
        for &link in rears {
            self.by_link[link.index()] |= REAR;
        }
    }
    /// Calls `visit` for the links on which fronts are, once it is filled.
    fn each_front(&self, mut visit: impl FnMut(LinkId)) {
        const AT_ONCE: usize = size_of::<u64>();
        const FRONTS: u64 = u64::from_ne_bytes([FRONT; AT_ONCE]);
        let mut visit_some = |first: usize, bits: &[u8]| {
            for (index, bits) in bits.iter().enumerate() {
                if bits & FRONT != 0 {
                    visit(LinkId::from_index(first + index));
                }
            }
        };
        let (chunks, rest) = self.by_link.as_chunks::<AT_ONCE>();
        for (chunk, bits) in chunks.iter().enumerate() {
            if u64::from_ne_bytes(*bits) & FRONTS != 0 {
                visit_some(chunk * AT_ONCE, bits);
            }
        }
        visit_some(self.by_link.len() - rest.len(), rest);
    }
    /// Whether a vehicle may be on a link, if only with its rear.
    #[inline]
    pub fn may_be_on(&self, link: LinkId) -> bool {
        self.by_link.get(link.index()).is_none_or(|&bits| bits != 0)
    }
    /// Notes whether fronts are on a link.
    #[inline]
    pub fn set_fronts(&mut self, link: LinkId, any: bool) {
        self.set(link, FRONT, any);
    }
    /// Notes whether rears are on a link.
    #[inline]
    pub fn set_rears(&mut self, link: LinkId, any: bool) {
        self.set(link, REAR, any);
    }
    fn set(&mut self, link: LinkId, bit: u8, any: bool) {
        if let Some(bits) = self.by_link.get_mut(link.index()) {
            *bits = if any { *bits | bit } else { *bits & !bit };
        }
    }
}

/// Links in order, cut into pieces.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    links: Vec<LinkId>,
    /// For each piece, one past its last link in `links`.
    ends: Vec<usize>,
}

impl Pieces {
    /// The links with vehicles, which stand in one list a link.
    pub fn find<T>(&mut self, presence: &Presence, vehicles: &[Vec<T>]) {
        let mut n_vehicles = self.begin();
        presence.each_front(|link| self.add(link, vehicles[link.index()].len(), &mut n_vehicles));
        self.end();
    }
    /// Some links in ascending order, with the number of vehicles on each.
    pub fn cut(&mut self, links: impl Iterator<Item = (LinkId, usize)>) {
        let mut n_vehicles = self.begin();
        links.for_each(|(link, n)| self.add(link, n, &mut n_vehicles));
        self.end();
    }
    /// No links, and no vehicles in the open piece.
    fn begin(&mut self) -> usize {
        self.links.clear();
        self.ends.clear();
        0
    }
    fn add(&mut self, link: LinkId, n: usize, n_vehicles: &mut usize) {
        self.links.push(link);
        *n_vehicles += n;
        if *n_vehicles >= VEHICLES {
            self.end();
            *n_vehicles = 0;
        }
    }
    /// Ends the open piece, if there is one.
    fn end(&mut self) {
        if self.ends.last().copied().unwrap_or(0) < self.links.len() {
            self.ends.push(self.links.len());
        }
    }
    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    /// Whether there is no link at all.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
    /// All links.
    pub fn links(&self) -> &[LinkId] {
        &self.links
    }
    /// The links of each piece.
    pub fn iter(&self) -> impl Iterator<Item = &[LinkId]> {
        (0..self.len()).map(|piece| {
            let from = piece.checked_sub(1).map_or(0, |before| self.ends[before]);
            &self.links[from..self.ends[piece]]
        })
    }
    /// Cuts a slice in link order for the pieces: the part of each, with the position where it begins. `start` tells
    /// where the entries of a link begin.
    pub fn split<'a, T>(
        &'a self,
        mut rest: &'a mut [T],
        start: impl Fn(usize) -> usize + 'a,
    ) -> impl Iterator<Item = (usize, &'a mut [T])> {
        let mut at = 0;
        self.iter().map(move |links| {
            let (first, last) = (links[0].index(), links[links.len() - 1].index());
            let (from, to) = (start(first), start(last + 1));
            let part = std::mem::take(&mut rest);
            let (part, after) = part[from - at..].split_at_mut(to - from);
            (rest, at) = (after, to);
            (from, part)
        })
    }
}

/// Does one job for each piece, shared between threads or not.
pub fn for_each<J: Send>(jobs: impl Iterator<Item = J>, is_shared: bool, work: impl Fn(J) + Sync + Send) {
    if is_shared {
        jobs.collect::<Vec<_>>().into_par_iter().with_max_len(1).for_each(work);
    } else {
        jobs.for_each(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_link_with_vehicles_once_and_split_columns_between_them() {
        let counts: Vec<usize> = (0..1000).map(|link| if link % 3 == 0 { link % 7 } else { 0 }).collect();
        let mut pieces = Pieces::default();
        let mut presence = Presence::default();
        presence.fill(counts.iter().copied(), &[]);
        pieces.find(&presence, &counts.iter().map(|&n| vec![0; n]).collect::<Vec<_>>());
        let listed: Vec<usize> = pieces.iter().flatten().map(|link| link.index()).collect();
        let expected: Vec<usize> = (0..1000).filter(|&link| counts[link] > 0).collect();
        assert_eq!(listed, expected);
        assert!(pieces.len() > 3);
        // Two entries a link.
        let mut column: Vec<usize> = (0..2000).collect();
        let parts: Vec<(usize, &mut [usize])> = pieces.split(&mut column, |link| 2 * link).collect();
        assert_eq!(parts.len(), pieces.len());
        for (links, (from, part)) in pieces.iter().zip(parts) {
            assert_eq!((from, part[0]), (2 * links[0].index(), from));
            assert_eq!(part.last(), Some(&(2 * links[links.len() - 1].index() + 1)));
        }
    }

    #[test]
    fn presence_tells_nothing_before_it_is_filled() {
        let mut presence = Presence::default();
        assert!(presence.may_be_on(LinkId(7)));
        presence.fill([1, 0, 0].into_iter(), &[LinkId(2)]);
        assert_eq!([0, 1, 2].map(|link| presence.may_be_on(LinkId(link))), [true, false, true]);
        presence.set_rears(LinkId(2), false);
        assert!(!presence.may_be_on(LinkId(2)));
    }
}
