//! What is wrong with an input: file, line, field, value, what is allowed, and a hint; all mistakes together.

use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake in an input.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Problem {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// The line, counted from 1, when known.
    pub line: Option<usize>,
    /// The field, attribute or column.
    pub field: Option<String>,
    /// The value found.
    pub value: Option<String>,
    /// What is wrong, a lower-case phrase.
    pub message: String,
    /// What is allowed.
    pub allowed: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with a file.
    pub fn new(file: impl AsRef<Path>, message: impl Into<String>) -> Self {
        Self { file: file.as_ref().to_owned(), message: message.into(), ..Self::default() }
    }
    /// At a line, counted from 1.
    #[must_use]
    pub fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
    /// In a field with a value.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self.value = Some(value.into());
        self
    }
    /// With what is allowed.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }
    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": ")?;
        if let Some(field) = &self.field {
            write!(f, "{field}")?;
            if let Some(value) = &self.value {
                write!(f, " = {value:?}")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(allowed) = &self.allowed {
            write!(f, "; allowed: {allowed}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// All mistakes found in an input; never empty when returned as an error.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Problems {
    /// In the order they were found.
    pub list: Vec<Problem>,
}

impl Problems {
    /// How many are shown.
    const SHOWN: usize = 20;

    /// Adds a problem.
    pub fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }
    /// `Ok(value)` if there is no problem.
    ///
    /// # Errors
    /// The problems, if there are any.
    pub fn or_ok<T>(self, value: T) -> Result<T, Self> {
        if self.list.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { list: vec![problem] }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().take(Self::SHOWN).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        if self.list.len() > Self::SHOWN {
            write!(f, "\nand {} more", self.list.len() - Self::SHOWN)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
