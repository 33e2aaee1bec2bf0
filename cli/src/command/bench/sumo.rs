//! SUMO beside us: the same inputs, seed, step and end; outputs are trips and links by interval, as ours.
//!
//! The configuration's options are given on the command line rather than by file, so that its outputs can be left out:
//! SUMO cannot be told to drop an output that its configuration names.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow};
use quick_xml::events::Event;
use scenarios::error::Problem;
use scenarios::loaded::Loaded;

use crate::console::Failure;
use crate::usage;

/// A sumo program and what it runs.
pub(super) struct Sumo {
    program: PathBuf,
    folder: PathBuf,
    options: Vec<String>,
    begin_s: f64,
    end_s: f64,
    step_s: f64,
    /// Where it writes; removed in the end.
    _outputs: tempfile::TempDir,
    /// What the program says it is.
    pub(super) version: String,
}

/// What one run took.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Measured {
    /// CPU time of the whole run.
    pub(super) cpu_s: f64,
    /// CPU time of a run that ends where it begins.
    pub(super) load_cpu_s: f64,
    /// Vehicles on the road, summed over steps, times the step.
    pub(super) vehicle_seconds: f64,
}

impl Sumo {
    /// The program for a scenario, which must be a SUMO configuration.
    pub(super) fn new(program: &Path, loaded: &Loaded) -> Result<Self, Failure> {
        if loaded.path.extension().is_none_or(|extension| extension != "sumocfg") {
            return Err(Problem::new(&loaded.path, "is no SUMO configuration")
                .hint("give a *.sumocfg file to compare with SUMO")
                .into());
        }
        // A path is meant from here, not from the folder of the configuration; a bare name is looked up.
        let is_path = program.components().count() > 1;
        let program = if is_path { std::path::absolute(program)? } else { program.to_owned() };
        let version = Command::new(&program)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Problem::new(&program, format!("cannot be started: {error}")))?;
        let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or("SUMO").trim().to_owned();
        let run = &loaded.run;
        let outputs = tempfile::tempdir()?;
        let mut options = input_options(&loaded.path)?;
        add_outputs(&mut options, outputs.path(), run.interval_ms as f64 / 1000.0)?;
        options.extend([
            "--no-step-log=true".to_owned(),
            "--duration-log.statistics=true".to_owned(),
            "--no-warnings=true".to_owned(),
            "--xml-validation=never".to_owned(),
            "--threads=1".to_owned(),
            // All routes are read at the beginning, so that the run that only loads reads them, too.
            "--route-steps=0".to_owned(),
            format!("--seed={}", run.seed % (1 << 31)),
            format!("--step-length={}", run.step_ms as f64 / 1000.0),
            format!("--begin={}", run.begin.s()),
        ]);
        let folder = loaded.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(Self {
            program,
            folder: folder.unwrap_or_else(|| Path::new(".")).to_owned(),
            options,
            begin_s: run.begin.s(),
            end_s: run.end.map_or(-1.0, |end| end.s()),
            step_s: run.step_ms as f64 / 1000.0,
            _outputs: outputs,
            version,
        })
    }

    /// One whole run and one that only loads.
    pub(super) fn run(&self) -> Result<Measured, Failure> {
        let (load_cpu_s, _) = self.timed(self.begin_s)?;
        let (cpu_s, log) = self.timed(self.end_s)?;
        Ok(Measured { cpu_s, load_cpu_s, vehicle_seconds: vehicle_seconds(&log, self.step_s)? })
    }

    fn timed(&self, end_s: f64) -> Result<(f64, String), Failure> {
        let before_s = usage::children_cpu_s().ok_or_else(|| anyhow!("this system does not tell CPU times"))?;
        let output = Command::new(&self.program)
            .current_dir(&self.folder)
            .args(&self.options)
            .arg(format!("--end={end_s}"))
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("failed to run {}", self.program.display()))?;
        let after_s = usage::children_cpu_s().unwrap_or(before_s);
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Failure::Failed(anyhow!("SUMO failed ({}): {}", output.status, words.trim())));
        }
        Ok((after_s - before_s, String::from_utf8_lossy(&output.stdout).into_owned()))
    }
}

/// Vehicle-seconds from SUMO's closing words `Duration: 3.65s` and `UPS: 272479.1`: updates are their product, one for
/// each vehicle on the road and step.
fn vehicle_seconds(log: &str, step_s: f64) -> Result<f64, Failure> {
    let number_after = |label: &str| -> Option<f64> {
        let rest = log.lines().find_map(|line| line.trim().strip_prefix(label))?;
        rest.trim().trim_end_matches('s').parse().ok()
    };
    number_after("Duration:")
        .zip(number_after("UPS:"))
        .map(|(duration_s, updates_per_s)| duration_s * updates_per_s * step_s)
        .ok_or_else(|| Failure::Failed(anyhow!("SUMO's closing words give no vehicle updates")))
}

/// Asks for the outputs that we write, too: each trip, and each link by interval.
fn add_outputs(options: &mut Vec<String>, folder: &Path, interval_s: f64) -> Result<(), Failure> {
    let links = folder.join("links.add.xml");
    // With an end of its own, since SUMO refuses one that is its beginning: that of the run that only loads.
    let element =
        format!("<edgeData id=\"links\" freq=\"{interval_s}\" end=\"1e8\" file=\"links.xml\" excludeEmpty=\"true\"/>");
    std::fs::write(&links, format!("<additional>{element}</additional>\n"))?;
    options.push(format!("--tripinfo-output={}", folder.join("trips.xml").display()));
    let links = links.display();
    let is_list = |option: &String| option.starts_with("--additional-files=") || option.starts_with("--additional=");
    match options.iter_mut().find(|option| is_list(option)) {
        Some(files) => files.push_str(&format!(",{links}")),
        None => options.push(format!("--additional-files={links}")),
    }
    Ok(())
}

/// The options of a configuration but those of outputs, reports, screens, and what is given anyway.
fn input_options(config: &Path) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(config).with_context(|| format!("failed to read {}", config.display()))?;
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut options = Vec::new();
    loop {
        let event = reader.read_event().with_context(|| format!("failed to read {}", config.display()))?;
        let (Event::Empty(element) | Event::Start(element)) = event else {
            if matches!(event, Event::Eof) {
                return Ok(options);
            }
            continue;
        };
        let name = element.name().as_ref().to_owned();
        let value = element
            .attributes()
            .flatten()
            .find(|attribute| matches!(attribute.key.as_ref(), "value" | "v"))
            .map(|attribute| attribute.value.replace("&amp;", "&"));
        if let Some(value) = value.filter(|_| is_input(&name)) {
            options.push(format!("--{name}={value}"));
        }
    }
}

fn is_input(option: &str) -> bool {
    const GIVEN: [&str; 10] = [
        "begin",
        "end",
        "seed",
        "step-length",
        "threads",
        "no-step-log",
        "no-warnings",
        "xml-validation",
        "random",
        "route-steps",
    ];
    const SCREEN: [&str; 10] = [
        "log",
        "message-log",
        "error-log",
        "verbose",
        "duration-log",
        "gui-settings-file",
        "start",
        "quit-on-end",
        "delay",
        "print-options",
    ];
    // Short and older names that SUMO also takes.
    const SHORT: [&str; 6] = ["b", "e", "v", "l", "W", "X"];
    let first = option.split('.').next().unwrap_or(option);
    !first.ends_with("-output") && !GIVEN.contains(&first) && !SCREEN.contains(&first) && !SHORT.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_given_options_are_left_out() {
        for option in ["tripinfo-output", "tripinfo-output.write-unfinished", "begin", "log", "fcd-output"] {
            assert!(!is_input(option), "{option}");
        }
        for option in ["net-file", "route-files", "time-to-teleport", "lateral-resolution"] {
            assert!(is_input(option), "{option}");
        }
    }

    #[test]
    fn outputs_join_the_additional_files_of_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        for (before, n) in [(vec!["--additional-files=a.xml,b.xml".to_owned()], 3), (Vec::new(), 1)] {
            let mut options = before;
            add_outputs(&mut options, folder.path(), 900.0).unwrap();
            let files = options.iter().find_map(|option| option.strip_prefix("--additional-files=")).unwrap();
            assert_eq!(files.split(',').count(), n, "{files}");
            let last = files.rsplit(',').next().unwrap();
            assert!(std::fs::read_to_string(last).unwrap().contains("freq=\"900\""));
        }
    }

    #[test]
    fn vehicle_seconds_come_from_the_closing_words() {
        let log = "Performance: \n Duration: 2.50s\n Real time factor: 240\n UPS: 1000.000000\nVehicles: \n";
        assert_eq!(vehicle_seconds(log, 0.5).unwrap(), 1250.0);
        assert!(vehicle_seconds("nothing", 1.0).is_err());
    }
}
