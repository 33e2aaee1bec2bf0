//! Writers: a GMNS network, and new scenario folders.

pub mod gmns;
pub mod scaffold;
mod stages;
