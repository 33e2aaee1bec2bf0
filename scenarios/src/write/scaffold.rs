//! New scenario folders: one that points to a SUMO configuration, and a copy of the shipped one.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry};

use crate::error::{Problem, Problems};
use crate::read::folder::SCENARIO_FILE;
use crate::read::source::{LIBRARY, SHIPPED};

fn failed(path: &Path) -> impl Fn(std::io::Error) -> Problems {
    let path = path.to_owned();
    move |error| Problem::new(&path, format!("cannot be written: {error}")).into()
}

fn empty_folder(dir: &Path) -> Result<(), Problems> {
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Problem::new(dir, "is not empty").hint("name a folder that does not exist yet").into());
    }
    fs::create_dir_all(dir).map_err(failed(dir))
}

/// Makes a scenario folder whose traffic is a SUMO configuration, which stays where it is.
///
/// # Errors
/// If the configuration does not exist, or the folder is not empty or cannot be written.
pub fn wrap_sumocfg(dir: &Path, sumocfg: &Path) -> Result<PathBuf, Problems> {
    let sumocfg = sumocfg.canonicalize().map_err(|error| Problem::new(sumocfg, format!("cannot be read: {error}")))?;
    empty_folder(dir)?;
    let dir = dir.canonicalize().map_err(failed(dir))?;
    let target = relative(&dir, &sumocfg);
    let stem = sumocfg.file_stem().map_or_else(|| "sumo".into(), |stem| stem.to_string_lossy().into_owned());
    let name = match sumocfg.parent().and_then(Path::file_name) {
        Some(folder) if stem == "run" => folder.to_string_lossy().into_owned(),
        _ => stem,
    };
    let text = format!(
        "schema = 1\nname = {}\n\n[traffic]\nsumo = {}\n",
        toml::Value::String(name),
        toml::Value::String(target.to_string_lossy().into_owned())
    );
    let file = dir.join(SCENARIO_FILE);
    fs::write(&file, text).map_err(failed(&file))?;
    Ok(file)
}

/// The way from a folder to a file, both absolute.
fn relative(dir: &Path, file: &Path) -> PathBuf {
    let shared = dir.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = dir.components().skip(shared).map(|_| std::path::Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

/// Copies the shipped scenario into a folder.
///
/// # Errors
/// If the program has none, or the folder is not empty or cannot be written.
pub fn copy_embedded(dir: &Path) -> Result<(), Problems> {
    let shipped = LIBRARY
        .get_dir(SHIPPED)
        .ok_or_else(|| Problem::new(SHIPPED, "the shipped scenario is not part of this build"))?;
    empty_folder(dir)?;
    copy(shipped, shipped.path(), dir)
}

fn copy(from: &Dir<'_>, root: &Path, to: &Path) -> Result<(), Problems> {
    for entry in from.entries() {
        let target = to.join(entry.path().strip_prefix(root).unwrap_or(entry.path()));
        match entry {
            DirEntry::Dir(dir) => {
                fs::create_dir_all(&target).map_err(failed(&target))?;
                copy(dir, root, to)?;
            }
            DirEntry::File(file) => fs::write(&target, file.contents()).map_err(failed(&target))?,
        }
    }
    Ok(())
}
