//! House rules that no compiler checks: what sim-core must not do, and the order of its modules.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests package lies in the workspace").to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn sim_core_touches_no_file_clock_environment_or_hash_order() {
    let banned = [
        "std::fs", "std::env", "std::time", "println!", "eprintln!", "HashMap", "HashSet", "Mutex", "RwLock",
        "thread::spawn", "current_num_threads", "mul_add",
    ];
    let mut found = Vec::new();
    for path in rust_files(&root().join("sim-core/src")) {
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            found.extend(
                banned
                    .iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{}:{}: {word}", path.display(), number + 1)),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn sim_core_modules_use_only_modules_before_them() {
    let lib = fs::read_to_string(root().join("sim-core/src/lib.rs")).expect("lib.rs");
    let order: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(order.len() > 5, "modules of sim-core: {order:?}");
    let mut found = Vec::new();
    for (position, module) in order.iter().enumerate() {
        let file = root().join(format!("sim-core/src/{module}.rs"));
        let files = if file.exists() { vec![file] } else { rust_files(&root().join("sim-core/src").join(module)) };
        for path in files {
            let text = fs::read_to_string(&path).expect("readable source");
            for later in &order[position + 1..] {
                if text.contains(&format!("crate::{later}")) {
                    found.push(format!("{} uses crate::{later}", path.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
