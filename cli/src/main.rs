//! The command `citytwin`.
fn main() {}
