//! `citytwin signals diagram`: plans as pictures and data.

use std::fs;
use std::process::ExitCode;

use scenarios::error::{Problem, Problems};
use scenarios::signals::diagram::arrivals::arrivals;
use scenarios::signals::diagram::corridor::corridor;
use scenarios::signals::diagram::split::split;
use scenarios::signals::export::chosen;
use scenarios::signals::sites::sites;
use scenarios::write::folder::{self, Overwrite};

use crate::args::DiagramArgs;
use crate::console::{Failure, say};
use crate::simulate;

/// Runs the verb.
pub(crate) fn run(args: &DiagramArgs) -> Result<ExitCode, Failure> {
    folder::check(&args.output, if args.force { Overwrite::Force } else { Overwrite::Never })?;
    let speed_mps = args.speed_kmh.map(|speed_kmh| speed_kmh / 3.6);
    if speed_mps.is_some_and(|speed_mps| !(1.0..=60.0).contains(&speed_mps)) {
        return Err(Failure::Usage("--speed-kmh must lie between 3.6 and 216".to_owned()));
    }
    let loaded = simulate::load(&args.scenario)?;
    let mut files: Vec<(String, String)> = Vec::new();
    let mut told = String::new();
    if args.corridor.is_empty() {
        let signals = chosen(&loaded, &args.signal)?;
        for &signal in &signals {
            let split = split(&loaded, signal);
            let name = file_name(&split.signal);
            files.push((format!("splits-{name}.svg"), split.svg()));
            files.push((format!("splits-{name}.csv"), split.csv()));
        }
        if let Some(run) = &args.run {
            for diagram in arrivals(&loaded, &signals, run)? {
                let name = file_name(&diagram.signal);
                files.push((format!("arrivals-{name}.svg"), diagram.svg()));
                files.push((format!("arrivals-{name}.csv"), diagram.csv()));
            }
        }
    } else {
        let sites = sites(&loaded.parts, &loaded.names);
        let corridor = corridor(&loaded, &sites, &args.corridor, speed_mps)?;
        let title = format!("{}: {}", loaded.name, args.corridor.join(", "));
        files.push(("corridor.svg".to_owned(), corridor.svg(&title, loaded.run.begin.s())));
        files.push(("corridor.csv".to_owned(), corridor.csv()));
        told = format!("{}; ", corridor.words());
    }
    let cannot =
        |error: std::io::Error| Problems::from(Problem::new(&args.output, format!("cannot be written: {error}")));
    fs::create_dir_all(&args.output).map_err(cannot)?;
    for (name, text) in &files {
        let temporary = args.output.join(format!(".{name}.tmp"));
        fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, args.output.join(name))).map_err(cannot)?;
    }
    if !args.quiet {
        say(&format!("{told}{} files in {}", files.len(), args.output.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// An id as part of a file's name.
fn file_name(id: &str) -> String {
    id.chars().map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '_' }).collect()
}
