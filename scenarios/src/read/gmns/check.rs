//! What a GMNS folder lacks for simulation, and where it contradicts itself.
