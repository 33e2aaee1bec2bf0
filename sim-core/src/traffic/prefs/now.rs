//! Lane preferences by the signals of the moment.
//!
//! SUMO works out the lanes' worth anew whenever a vehicle enters a road, and of two lanes that lead equally far it
//! prefers the one that leaves its road with right of way: at signals, the one with unrestricted green now. Until the
//! next road a vehicle then holds the other lane for a short one. The preferences worked out at departure know nothing
//! of signals; the two rows in use are renewed where lanes of one road differ.

use super::{Entry, LanePref, Rider, Roads, RoutePrefs, Target, priority, window};
use crate::ids::LinkId;
use crate::network::Network;
use crate::ports::Rule;
use crate::rows::Column;

/// Buffers of one worker.
#[derive(Default)]
pub struct Buffers {
    roads: Roads,
    entries: Vec<Entry>,
}

/// The rules of all connectors at the moment.
pub type Rules = Column<crate::ids::ConnectorId, Rule>;

/// Roads looked at for lanes that differ, beyond the present one.
const ROADS_AHEAD: usize = 8;

impl RoutePrefs {
    /// Whether the row of a road has yet to be made true for the signals of the moment.
    #[inline]
    pub fn is_due(&self, route_index: usize) -> bool {
        self.n_true as usize <= route_index
    }
    /// Makes the rows of a road just entered and of the next one true for the signals of the moment.
    pub fn renew(
        &mut self,
        network: &Network,
        rules: &Rules,
        (route, rider): (&[LinkId], Rider),
        (start, target): (usize, Option<Target>),
        buffers: &mut Buffers,
    ) {
        self.n_true = start as u32 + 1;
        let differs = (start..=start + ROADS_AHEAD).any(|index| self.lanes_differ(network, rules, index));
        if !differs && self.n_patched as usize <= start {
            return;
        }
        self.n_patched = start as u32 + if differs { 2 } else { 1 };
        buffers.roads.clear();
        let target = target
            .filter(|target| target.route_index >= start)
            .map(|target| Target { route_index: target.route_index - start, ..target });
        let ahead = (&route[start..], 0);
        window(network, ahead, rider, target, (&mut buffers.roads, &mut buffers.entries), Some(rules));
        let n_rows = if differs { 2 } else { 1 };
        let mut entries = buffers.entries.iter();
        for row in 0..n_rows.min(route.len() - start) {
            let first = (start + row) * self.row as usize;
            let n = self.at(start + row).len();
            for pref in &mut self.lanes[first..first + n] {
                let Some(entry) = entries.next() else { return };
                *pref = LanePref::of(network, entry, n);
            }
        }
    }
    /// Whether signals change which of a road's lanes leaves it with more right of way.
    fn lanes_differ(&self, network: &Network, rules: &Rules, route_index: usize) -> bool {
        let row = self.at(route_index);
        if row.len() < 2 {
            return false;
        }
        let mut first = None;
        row.iter().filter(|pref| pref.next.is_some()).any(|pref| {
            let gain = priority(network, pref.next, Some(rules)) - priority(network, pref.next, None);
            *first.get_or_insert(gain) != gain
        })
    }
}
