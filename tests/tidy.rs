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
        "std::fs",
        "std::env",
        "std::time",
        "println!",
        "eprintln!",
        "HashMap",
        "HashSet",
        "Mutex",
        "RwLock",
        "thread::spawn",
        "mul_add",
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
    let order: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
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

/// The documents whose words are checked against the tree.
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// What stands in backticks in a document, outside of fenced blocks, with its line.
fn quoted(document: &str) -> Vec<(usize, String)> {
    let text = fs::read_to_string(root().join(document)).expect("the document");
    let mut is_fenced = false;
    let mut words = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced {
            words.extend(line.split('`').skip(1).step_by(2).map(|word| (number + 1, word.to_owned())));
        }
    }
    words
}

/// Whether a word looks like a path of ours: with a folder, or a file of the kinds that lie in the root.
fn is_path(word: &str) -> bool {
    let is_plain = word.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-/".contains(letter));
    let kinds = [".rs", ".md", ".toml", ".sh"];
    is_plain && (word.contains('/') || kinds.iter().any(|kind| word.ends_with(kind)))
}

/// Names that stand in many places, so that no single path is meant.
const KINDS_OF_FILE: [&str; 4] = ["mod.rs", "tolerance.toml", "scenario.toml", "performance.json"];

#[test]
fn paths_in_the_documents_exist() {
    let mut found = Vec::new();
    for document in DOCUMENTS {
        for (line, word) in quoted(document) {
            if is_path(&word) && !KINDS_OF_FILE.contains(&word.as_str()) && !root().join(&word).exists() {
                found.push(format!("{document}:{line}: {word}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn tests_named_in_the_documents_exist() {
    let folders = ["sim-core", "scenarios", "cli", "tests", "benches"];
    let files: Vec<String> = folders
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .map(|path| fs::read_to_string(path).expect("readable source"))
        .collect();
    let mut found = Vec::new();
    for document in DOCUMENTS {
        for (line, word) in quoted(document) {
            // Tests are sentences; nothing else that the documents name has so many words.
            let is_test = word.matches('_').count() >= 3 && word.chars().all(|l| l.is_ascii_alphanumeric() || l == '_');
            if is_test && !files.iter().any(|text| text.contains(&format!("fn {word}("))) {
                found.push(format!("{document}:{line}: {word}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_module_of_sim_core_is_on_the_map() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let lib = fs::read_to_string(root().join("sim-core/src/lib.rs")).expect("lib.rs");
    let found: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|module| ["/", ".rs"].iter().all(|end| !map.contains(&format!("`sim-core/src/{module}{end}`"))))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn long_files_do_not_grow() {
    // Files above the limit of 400 lines without their tests, and how long they may be until they are cut.
    let known = [("sim-core/src/network/builder.rs", 420), ("sim-core/src/traffic/state.rs", 475)];
    let mut found = Vec::new();
    for folder in ["sim-core/src", "scenarios/src", "cli/src"] {
        for path in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&path).expect("readable source");
            let n_lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
            let name = path.strip_prefix(root()).expect("within the root").to_string_lossy().replace('\\', "/");
            let limit = known.iter().find(|(known, _)| *known == name).map_or(400, |(_, limit)| *limit);
            if n_lines > limit && !name.ends_with("tests.rs") {
                found.push(format!("{name}: {n_lines} lines, at most {limit}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
