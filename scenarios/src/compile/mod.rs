//! From roads and movements, as people describe them, to the parts the simulation runs on.

pub mod conflicts;
pub mod geometry;
pub mod junctions;
pub mod roads;
pub mod signals;
pub mod stop_lines;
pub mod turns;
