//! Tests of sideways motion on hand-made networks.
