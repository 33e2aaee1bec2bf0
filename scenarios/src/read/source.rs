//! Where a scenario's files come from: a folder on disk, or one embedded in the program.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::error::{Problem, Problems};
use crate::loaded::InputDigest;

/// The shipped scenarios, embedded in the program.
pub static LIBRARY: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/library");

/// Name of the scenario that is used when none is given.
pub const SHIPPED: &str = "hanoi-french-quarter";

/// A folder of input files.
#[derive(Clone, Debug)]
pub enum Source {
    /// On disk.
    Disk(PathBuf),
    /// In the program.
    Embedded(&'static Dir<'static>),
}

impl Source {
    /// The shipped scenario.
    ///
    /// # Errors
    /// If the program was built without it.
    pub fn shipped() -> Result<Self, Problems> {
        LIBRARY
            .get_dir(SHIPPED)
            .map(Self::Embedded)
            .ok_or_else(|| Problem::new(SHIPPED, "the shipped scenario is not part of this build").into())
    }
    /// How the user knows the folder.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Disk(path) => path.clone(),
            Self::Embedded(dir) => dir.path().to_owned(),
        }
    }
    /// How the user knows a file of the folder.
    pub fn label(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
    /// Whether the folder has the file.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::Disk(path) => path.join(name).is_file(),
            Self::Embedded(dir) => dir.get_file(dir.path().join(name)).is_some(),
        }
    }
    /// The bytes of a file.
    ///
    /// # Errors
    /// If the file is missing or cannot be read.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, Problems> {
        match self {
            Self::Disk(path) => {
                let file = path.join(name);
                fs::read(&file).map_err(|error| Problem::new(&file, format!("cannot be read: {error}")).into())
            }
            Self::Embedded(dir) => dir
                .get_file(dir.path().join(name))
                .map(|file| file.contents().to_vec())
                .ok_or_else(|| Problem::new(self.label(name), "is not in the program's library").into()),
        }
    }
}

/// A source that remembers what was read from it.
#[derive(Clone, Debug)]
pub struct Files {
    /// Where files come from.
    pub source: Source,
    /// What was read, in order.
    pub inputs: Vec<InputDigest>,
}

impl Files {
    /// Nothing read yet.
    pub fn new(source: Source) -> Self {
        Self { source, inputs: Vec::new() }
    }
    /// The bytes of a file.
    ///
    /// # Errors
    /// If the file is missing or cannot be read.
    pub fn bytes(&mut self, name: &str) -> Result<Vec<u8>, Problems> {
        let bytes = self.source.bytes(name)?;
        if !self.inputs.iter().any(|input| input.name == name) {
            self.inputs.push(InputDigest { name: name.to_owned(), digest: digest(&bytes) });
        }
        Ok(bytes)
    }
}

/// The digest of a file's bytes, as `summary.json` shows it.
pub fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Whether a path names a scenario folder.
pub fn is_scenario_folder(path: &Path) -> bool {
    path.join("scenario.toml").is_file()
}
