//! Saving and loading the whole state of a run, and its digest.
//!
//! A saved state is a head of 44 bytes and a payload. Head: `CITYTWIN`, the schema version (u32, little-endian), the
//! BLAKE3 hash of the payload. Payload: [`World`], then [`Recorder`], in postcard's encoding. What does not change in
//! a run (city, demand, parameters) is not part of it: a state is continued with the inputs it was saved with.

use crate::city::City;
use crate::engine::recorder::Recorder;
use crate::engine::world::World;
use crate::traffic::demand::Demand;

/// Version of the encoding; a change of any saved type changes it.
pub const SCHEMA: u32 = 7;

const MAGIC: [u8; 8] = *b"CITYTWIN";
const HASH_FROM: usize = MAGIC.len() + size_of::<u32>();
const PAYLOAD_FROM: usize = HASH_FROM + blake3::OUT_LEN;

/// Why a state could not be loaded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It does not begin as one.
    #[error("this is no saved state")]
    NotASnapshot,
    /// Another version of the program saved it.
    #[error("the saved state has schema {found}, this program reads schema {SCHEMA}")]
    OtherSchema {
        /// The schema it has.
        found: u32,
    },
    /// It was cut off or altered.
    #[error("the saved state is damaged: {why}")]
    Damaged {
        /// What does not hold.
        why: String,
    },
    /// It belongs to another city or demand.
    #[error("the saved state has {found} {what}, the scenario has {expected}")]
    OtherScenario {
        /// What was counted.
        what: &'static str,
        /// The number in the state.
        found: usize,
        /// The number in the scenario.
        expected: usize,
    },
}

/// The whole state as bytes. The same state gives the same bytes on every machine.
pub fn save(world: &World, recorder: &Recorder) -> Vec<u8> {
    let payload = payload(world, recorder);
    let mut bytes = Vec::with_capacity(PAYLOAD_FROM + payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&SCHEMA.to_le_bytes());
    bytes.extend_from_slice(blake3::hash(&payload).as_bytes());
    bytes.extend_from_slice(&payload);
    bytes
}

/// The state in some bytes that [`save`] made.
///
/// # Errors
/// When the bytes are no saved state, were saved by a program of another schema, or are not whole.
pub fn load(bytes: &[u8]) -> Result<(World, Recorder), SnapshotError> {
    let after_magic = bytes.strip_prefix(&MAGIC).ok_or(SnapshotError::NotASnapshot)?;
    let damaged = |why: &str| SnapshotError::Damaged { why: why.to_owned() };
    let (schema, _) = after_magic.split_first_chunk().ok_or_else(|| damaged("it ends in its head"))?;
    let found = u32::from_le_bytes(*schema);
    if found != SCHEMA {
        return Err(SnapshotError::OtherSchema { found });
    }
    let hash = bytes.get(HASH_FROM..PAYLOAD_FROM).ok_or_else(|| damaged("it ends in its head"))?;
    let payload = &bytes[PAYLOAD_FROM..];
    if blake3::hash(payload).as_bytes() != hash {
        return Err(damaged("its hash is not that of its contents"));
    }
    let (state, rest) = postcard::take_from_bytes(payload).map_err(|error| damaged(&error.to_string()))?;
    if rest.is_empty() { Ok(state) } else { Err(damaged("it goes on after its end")) }
}

/// The BLAKE3 hash of the payload of the saved state: equal for equal states.
pub fn digest(world: &World, recorder: &Recorder) -> [u8; 32] {
    *blake3::hash(&payload(world, recorder)).as_bytes()
}

/// Whether a state belongs to a city and a demand, as far as their sizes tell.
///
/// # Errors
/// The first size that differs.
pub fn check(world: &World, recorder: &Recorder, city: &City, demand: &Demand) -> Result<(), SnapshotError> {
    let network = &city.network;
    let sizes = [
        ("links", world.traffic.own.len(), network.links.len()),
        ("lanes", world.traffic.lanes.len(), network.lanes.len()),
        ("connectors", world.ports.rules.len(), network.connectors.len()),
        ("movements", recorder.open.movements.len(), network.movements.len()),
        ("signals", world.ports.has_supply.len(), network.signal_heads.len()),
        ("vehicle types", recorder.class_of_kind.len(), demand.types.len()),
        ("feeders", world.power.feeders.len(), city.power.feeders.len()),
        ("trips", recorder.trips.len(), demand.trips.len()),
        ("luminaires", world.lighting.output.len(), city.lighting.luminaires.len()),
        ("lighting sections", world.lighting.sections.len(), city.lighting.sections.len()),
    ];
    match sizes.into_iter().find(|(_, found, expected)| found != expected) {
        Some((what, found, expected)) => Err(SnapshotError::OtherScenario { what, found, expected }),
        None => Ok(()),
    }
}

fn payload(world: &World, recorder: &Recorder) -> Vec<u8> {
    postcard::to_stdvec(&(world, recorder)).expect("plain data can always be written to memory")
}
