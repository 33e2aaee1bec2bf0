//! What a GMNS folder lacks for simulation, and where it contradicts itself. Nothing is repaired.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use sim_core::network::parts::LinkKind;

use crate::error::Problem;
use crate::read::folder::SCENARIO_FILE;
use crate::read::gmns::rings::{self, Rings};
use crate::read::gmns::signals::PlanClock;
use crate::read::gmns::{config, network};
use crate::read::source::{Files, Source};
use crate::read::table::{Records, Report};
use crate::schema::demand_tables::{BUS_LINES, OD, TRIPS};
use crate::schema::network_tables::{LANE, LINK, NODE, SEGMENT_LANE, SIGNAL_STAGES, SIGNAL_STATE};

/// What a folder has and lacks, and where it contradicts itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CheckReport {
    /// Nodes that became junctions.
    pub n_junctions: usize,
    /// Links between them, one for each direction.
    pub n_links: usize,
    /// Movements through junctions.
    pub n_movements: usize,
    /// Signal plans that can be simulated.
    pub n_plans: usize,
    /// What simulation needs and the folder does not have.
    pub lacks: Vec<String>,
    /// What reading it took for granted or left out.
    pub notes: Vec<String>,
    /// Mistakes and contradictions.
    pub contradictions: Vec<Problem>,
    /// The rings of every plan against its cycle.
    pub rings: Vec<RingCheck>,
}

/// The rings of a plan at a controller against the cycle.
#[derive(Clone, PartialEq, Debug)]
pub struct RingCheck {
    /// Plan.
    pub plan: String,
    /// Controller.
    pub controller: String,
    /// Cycle.
    pub cycle_s: f64,
    /// Green and clearance of each ring, as the column `ring` says.
    pub ring_sums_s: Vec<(i64, f64)>,
    /// Green and clearance of phases 1 to 4 and 5 to 8: the rings of NEMA numbering.
    pub nema_sums_s: [f64; 2],
}

impl RingCheck {
    /// Whether every ring fills the cycle.
    pub fn fits(&self) -> bool {
        self.ring_sums_s.iter().all(|(_, sum_s)| (sum_s - self.cycle_s).abs() < 0.05)
    }
    /// Whether phases 1 to 4 and 5 to 8 would.
    pub fn fits_by_number(&self) -> bool {
        self.nema_sums_s.iter().all(|sum_s| (sum_s - self.cycle_s).abs() < 0.05)
    }
}

/// Whether a folder holds GMNS tables and nothing that makes a scenario of them.
pub fn is_network_alone(path: &Path) -> bool {
    path.join(LINK.file).is_file() && !path.join(SCENARIO_FILE).exists()
}

/// Checks a folder with GMNS tables.
pub fn check(path: &Path) -> CheckReport {
    let mut files = Files::new(Source::Disk(path.to_owned()));
    let mut found = CheckReport::default();
    let mut report = Report::default();
    let network = network::read(&mut files, "", PlanClock::default(), &mut report);
    found.n_junctions = network.parts.junctions.len();
    found.n_links = network.parts.links.iter().filter(|link| link.kind == LinkKind::Road).count();
    found.n_movements = network
        .parts
        .connectors
        .iter()
        .map(|c| (c.from.link, c.leads_to.link))
        .filter(|(from, _)| network.parts.links[from.index()].kind == LinkKind::Road)
        .collect::<BTreeSet<_>>()
        .len();
    found.n_plans = network.plans.len();
    // Rings are looked at for all plans below, not only for those in force.
    let of_rings = |problem: &Problem| problem.field.as_deref() == Some("timing_plan_id");
    let notices = std::mem::take(&mut report.notices);
    found.contradictions.extend(report.told().list.into_iter().filter(|problem| !of_rings(problem)));
    let rings = rings::read(&mut files, "", &mut Report::default());
    check_rings(&rings, &files, &mut found);
    check_lanes(&mut files, &mut found);
    check_signals(&rings, &mut files, &mut found);
    let has_demand = [TRIPS.file, OD.file, BUS_LINES.file].iter().any(|name| files.source.has(name));
    if !has_demand {
        found.lacks.push(format!("no demand: none of {}, {}, {}", TRIPS.file, OD.file, BUS_LINES.file));
    }
    found.notes.extend(notices.into_iter().map(|notice| format!("{} ({})", notice.message, notice.count)));
    found
}

fn check_rings(rings: &Rings, files: &Files, found: &mut CheckReport) {
    let file = files.source.label("signal_timing_phase.csv");
    for plan in &rings.plans {
        let Some(cycle_s) = plan.cycle_s else { continue };
        for controller in rings.controllers_of(&plan.id) {
            if controller != plan.controller {
                let message = format!(
                    "plan {:?} belongs to controller {:?}, but phase numbers come again in it: the second lot is taken to be \
                     that of controller {controller:?}",
                    plan.id, plan.controller
                );
                found.contradictions.push(Problem::new(&file, message).field("timing_plan_id", &plan.id));
            }
            let sum_s = |select: &dyn Fn(i64, i64) -> bool| {
                rings.sum_s(&plan.id, &controller, |phase| select(phase.ring, phase.number))
            };
            let check = RingCheck {
                ring_sums_s: rings
                    .rings_of(&plan.id, &controller)
                    .into_iter()
                    .map(|ring| (ring, sum_s(&|of, _| of == ring)))
                    .collect(),
                nema_sums_s: [
                    sum_s(&|_, number| (1..=4).contains(&number)),
                    sum_s(&|_, number| (5..=8).contains(&number)),
                ],
                plan: plan.id.clone(),
                controller,
                cycle_s,
            };
            if !check.fits() {
                found.contradictions.push(ring_problem(&check, &file));
            } else if let Some(message) = rings.barriers(&check.plan, &check.controller) {
                found.contradictions.push(Problem::new(&file, message).field("timing_plan_id", &check.plan));
            }
            found.rings.push(check);
        }
    }
}

fn ring_problem(check: &RingCheck, file: &Path) -> Problem {
    let sums: Vec<String> = check.ring_sums_s.iter().map(|(ring, sum_s)| format!("ring {ring} {sum_s} s")).collect();
    let message = format!(
        "the rings of controller {:?} do not fill the cycle of {} s: {}",
        check.controller,
        check.cycle_s,
        sums.join(", ")
    );
    let problem = Problem::new(file, message).field("timing_plan_id", &check.plan);
    if check.fits_by_number() {
        problem.hint("phases 1 to 4 and 5 to 8 as rings would fit; the column ring looks wrong")
    } else {
        problem
    }
}

fn check_lanes(files: &mut Files, found: &mut CheckReport) {
    let mut report = Report::default();
    let links = Records::optional(files, "", &LINK, &mut report);
    let lanes = Records::optional(files, "", &LANE, &mut report);
    let pockets = Records::optional(files, "", &SEGMENT_LANE, &mut report);
    let with_lanes: BTreeSet<&str> = lanes.rows().map(|row| row.text("link_id")).collect();
    let bare: Vec<&str> = links
        .rows()
        .filter(|row| row.flag("directed") == Some(true) && row.integer("lanes").is_none())
        .map(|row| row.text("link_id"))
        .filter(|link| !with_lanes.contains(link))
        .collect();
    if !bare.is_empty() {
        found.lacks.push(format!("links with no number of lanes and no row in lane.csv: {}", bare.join(", ")));
    }
    let n_lanes = lanes.len() + pockets.len();
    let n_widths = lanes.rows().chain(pockets.rows()).filter(|row| row.get("width").is_some()).count();
    if n_widths < n_lanes {
        found.lacks.push(format!("{} of {n_lanes} lanes have no width", n_lanes - n_widths));
    }
    if !lanes.rows().any(|row| row.get("geometry").is_some()) {
        found.lacks.push("no lane geometry: lanes are drawn side by side along their link".to_owned());
    }
}

fn check_signals(rings: &Rings, files: &mut Files, found: &mut CheckReport) {
    let mut report = Report::default();
    let nodes = Records::optional(files, "", &NODE, &mut report);
    let stages = Records::optional(files, "", &SIGNAL_STAGES, &mut report);
    let states = Records::optional(files, "", &SIGNAL_STATE, &mut report);
    let mut planned: BTreeSet<String> =
        stages.rows().chain(states.rows()).map(|row| row.text("junction_id").to_owned()).collect();
    planned.extend(rings.phases.iter().map(|phase| phase.controller.clone()));
    let dark: Vec<&str> = nodes
        .rows()
        .filter(|row| row.word("ctrl_type").as_deref() == Some("signal"))
        .filter(|row| row.get("parent_node_id").is_none())
        .map(|row| row.text("node_id"))
        .filter(|node| !planned.contains(*node))
        .collect();
    if !dark.is_empty() {
        found.lacks.push(format!("signal nodes without a plan: {}", dark.join(", ")));
    }
    let free: Vec<&str> =
        rings.plans.iter().filter(|plan| plan.cycle_s.is_none()).map(|plan| plan.id.as_str()).collect();
    if !free.is_empty() {
        found.lacks.push(format!("plans without a cycle (actuated) are not simulated: {}", free.join(", ")));
    }
    let idle: Vec<String> = rings
        .phases
        .iter()
        .filter(|phase| phase.movements.is_empty())
        .map(|phase| format!("{} of plan {} at controller {}", phase.number, phase.plan, phase.controller))
        .collect();
    if !idle.is_empty() {
        found.lacks.push(format!("phases without a movement: {}", idle.join(", ")));
    }
    if !rings.phases.is_empty() {
        found.lacks.push("yellow and all red are given only together, as clearance".to_owned());
    }
    let config = config::read(files, "", &mut report);
    if config.crs == config::Crs::Plane {
        found
            .lacks
            .push("coordinates are plane metres: latitude and longitude must come from scenario.toml".to_owned());
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} junctions, {} links, {} movements, {} signal plans in force",
            self.n_junctions, self.n_links, self.n_movements, self.n_plans
        )?;
        for lack in &self.lacks {
            writeln!(f, "lacks: {lack}")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for problem in &self.contradictions {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}
