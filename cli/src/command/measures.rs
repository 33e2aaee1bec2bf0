//! `citytwin measures`: what the numbers mean.

use std::process::ExitCode;

use scenarios::measures::{Measure, all, to_markdown, to_text};
use scenarios::write::summary::to_json;

use crate::args::MeasuresArgs;
use crate::console::{Failure, data};

/// Runs the verb.
pub(crate) fn run(args: &MeasuresArgs) -> Result<ExitCode, Failure> {
    if args.json {
        data(&to_json(&all().collect::<Vec<_>>()))?;
    } else if args.markdown {
        data(&to_markdown())?;
    } else {
        data(&to_text(&chosen(args.name.as_deref())?))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen(name: Option<&str>) -> Result<Vec<Measure>, Failure> {
    let part = name.unwrap_or_default();
    let chosen: Vec<Measure> = all().filter(|measure| measure.name.contains(part)).copied().collect();
    if chosen.is_empty() {
        let names: Vec<&str> = all().map(|measure| measure.name).collect();
        return Err(Failure::Usage(format!("no measure is called {part:?}\n  hint: there are {}", names.join(", "))));
    }
    Ok(chosen)
}
