//! Rebuilds the crate when a shipped scenario changes: the library is embedded in the program.

fn main() {
    println!("cargo::rerun-if-changed=library");
}
