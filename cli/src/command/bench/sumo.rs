//! SUMO beside us: the same configuration, seed, step and end, no outputs but one of statistics.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow};
use scenarios::error::Problem;
use scenarios::loaded::Loaded;

use crate::console::Failure;
use crate::usage;

/// A sumo program and what it runs.
pub(super) struct Sumo {
    program: PathBuf,
    config: PathBuf,
    options: Vec<String>,
    begin_s: f64,
    end_s: f64,
    step_s: f64,
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
        let version = Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Problem::new(program, format!("cannot be started: {error}")))?;
        let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or("SUMO").trim().to_owned();
        let run = &loaded.run;
        let mut options = vec![
            "--no-step-log=true".to_owned(),
            "--duration-log.statistics=true".to_owned(),
            "--no-warnings=true".to_owned(),
            "--xml-validation=never".to_owned(),
            "--threads=1".to_owned(),
            format!("--seed={}", run.seed % (1 << 31)),
            format!("--step-length={}", run.step_ms as f64 / 1000.0),
            format!("--begin={}", run.begin.s()),
        ];
        for output in ["tripinfo-output", "summary-output", "fcd-output", "queue-output", "statistic-output"] {
            options.push(format!("--{output}="));
        }
        Ok(Self {
            program: program.to_owned(),
            config: loaded.path.clone(),
            options,
            begin_s: run.begin.s(),
            end_s: run.end.map_or(-1.0, |end| end.s()),
            step_s: run.step_ms as f64 / 1000.0,
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
            .arg("-c")
            .arg(&self.config)
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
