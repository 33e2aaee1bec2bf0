//! What the user sees: words on stderr, data on stdout, failures and their exit codes.

use std::fmt;
use std::io::{self, Write};
use std::panic::PanicHookInfo;

use scenarios::error::{Problem, Problems};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong input or usage.
    Input(Problems),
    /// Wrong use of options that clap cannot see.
    Usage(String),
    /// It was right, but failed.
    Failed(anyhow::Error),
    /// A threshold given by the user was not met.
    Threshold(String),
}

impl Failure {
    /// The exit code of the process.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Input(_) | Self::Usage(_) => 2,
            Self::Threshold(_) => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(problems) => write!(f, "{problems}"),
            Self::Usage(text) | Self::Threshold(text) => write!(f, "{text}"),
            Self::Failed(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Input(problems)
    }
}
impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Input(problem.into())
    }
}
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        error.downcast::<Problems>().map_or_else(Self::Failed, Self::Input)
    }
}
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Exit code of an interrupted command.
pub(crate) const INTERRUPTED: u8 = 130;

/// Shows a failure.
pub(crate) fn error(failure: &Failure) {
    if let Failure::Input(problems) = failure
        && problems.list.len() > 1
    {
        say(&format!("\x1b[1;31merror:\x1b[0m {} problems", problems.list.len()));
        say(&failure.to_string());
    } else {
        say(&format!("\x1b[1;31merror:\x1b[0m {failure}"));
    }
}

/// Words for the user, on stderr; colors are left out where the terminal or `NO_COLOR` does not want them.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Data, on stdout. A reader that has gone away is not an error: the process ends quietly.
pub(crate) fn data(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

/// What a user reads when the program has a bug.
pub(crate) fn report_panic(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
    say(&format!(
        "\x1b[1;31mcitytwin has a bug:\x1b[0m {message}\n  at {place}, version {}\n  \
         hint: please report these lines with the command and, if you can, the scenario",
        env!("CARGO_PKG_VERSION")
    ));
}
