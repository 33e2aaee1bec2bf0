//! Luminaires as loads: which lamps a row of `loads.csv` takes, by circuit, cabinet, link or id, on which line phase.

use std::collections::BTreeMap;

use sim_core::ids::{Id, LuminaireId};
use sim_core::power::PhaseSet;

use super::Around;
use crate::lighting::inventory::Pole;
use crate::lighting::plan::LightingPlan;
use crate::read::table::{Report, Row, nearest};

/// Lamps that draw from the same line phases by the same law.
pub(super) struct Group {
    /// Their line phases.
    pub(super) phases: PhaseSet,
    /// Whether they are impedances instead of constant powers.
    pub(super) follows_voltage: bool,
    /// Power of all at full output.
    pub(super) power_w: f64,
    /// Reactive power of all.
    pub(super) reactive_var: f64,
    /// The lamps.
    pub(super) lamps: Vec<LuminaireId>,
}

/// All luminaires, and by which load each was taken.
pub(super) struct Lamps<'a> {
    around: Around<'a>,
    taken_by: Vec<Option<String>>,
}

/// The cells that choose lamps; a lamp has to fit all that are not empty.
const CHOICES: [&str; 4] = ["circuit_id", "cabinet_id", "link_id", "luminaire_id"];

impl<'a> Lamps<'a> {
    pub(super) fn new(around: Around<'a>) -> Self {
        let n = around.lighting.map_or(0, |plan| plan.poles.len());
        Self { around, taken_by: vec![None; n] }
    }

    /// The lamps that a row takes, by line phase; `None` if it is wrong, or nothing is known for other mistakes.
    pub(super) fn take(&mut self, row: Row<'_>, phases: PhaseSet, report: &mut Report) -> Option<Vec<Group>> {
        let Some(plan) = self.around.lighting else {
            if !self.around.has_lighting_mistakes {
                let problem = row.problem("kind", "the scenario has no luminaires");
                report.problem(problem.hint("add a table [lighting] to scenario.toml, and luminaires.csv"));
            }
            return None;
        };
        if CHOICES.iter().all(|column| row.get(column).is_none()) {
            let problem = row.problem("circuit_id", "is empty, and so is what else chooses lamps");
            report.problem(problem.allowed(CHOICES.join(", ")));
            return None;
        }
        let mut is_sound = true;
        for column in CHOICES {
            is_sound &= self.is_known(row, column, plan, report);
        }
        if !is_sound {
            return None;
        }
        let mut groups: BTreeMap<(Vec<usize>, bool), Group> = BTreeMap::new();
        for (index, pole) in plan.poles.iter().enumerate() {
            if !CHOICES.iter().all(|column| row.get(column).is_none_or(|id| self.fits(pole, column, id, plan))) {
                continue;
            }
            if let Some(other) = &self.taken_by[index] {
                let message = format!("luminaire {:?} hangs on {other:?} already", pole.id);
                report.problem(row.problem("load_id", message).allowed("one load for each luminaire"));
                return None;
            }
            let Some(own) = line_phases(pole, phases) else {
                let message = format!("luminaire {:?} hangs on line phase {}", pole.id, pole.line_phase);
                report
                    .problem(row.problem("phases", message).allowed("a single line phase, or all that lamps hang on"));
                return None;
            };
            self.taken_by[index] = Some(row.text("load_id").to_owned());
            let luminaire = &plan.parts.luminaires[index];
            let curve = &plan.parts.types[usize::from(luminaire.kind)].power;
            let key = (own.iter().collect(), curve.supply.follows_voltage());
            let group = groups.entry(key).or_insert_with(|| Group {
                phases: own,
                follows_voltage: curve.supply.follows_voltage(),
                power_w: 0.0,
                reactive_var: 0.0,
                lamps: Vec::new(),
            });
            group.power_w += f64::from(curve.power_w(luminaire.drive));
            group.reactive_var += f64::from(curve.reactive_var);
            group.lamps.push(LuminaireId::from_index(index));
        }
        if groups.is_empty() {
            report.problem(row.problem("load_id", "no luminaire fits all that this row asks for"));
            return None;
        }
        Some(groups.into_values().collect())
    }

    fn fits(&self, pole: &Pole, column: &str, id: &str, plan: &LightingPlan) -> bool {
        match column {
            "circuit_id" => pole.circuit == id,
            "cabinet_id" => pole.cabinet == id,
            "luminaire_id" => pole.id == id || pole.external_id == id,
            _ => pole
                .street
                .is_some_and(|street| plan.streets[street].links.iter().any(|link| self.around.links[*link] == id)),
        }
    }

    /// Whether what a cell names exists; an empty cell asks for nothing.
    fn is_known(&self, row: Row<'_>, column: &str, plan: &LightingPlan, report: &mut Report) -> bool {
        let Some(id) = row.get(column) else { return true };
        let (what, known): (&str, Vec<&str>) = match column {
            "circuit_id" => ("circuit", plan.circuits.iter().map(String::as_str).collect()),
            "cabinet_id" => ("lighting cabinet", plan.poles.iter().map(|pole| pole.cabinet.as_str()).collect()),
            "luminaire_id" => (
                "luminaire",
                plan.poles.iter().flat_map(|pole| [pole.id.as_str(), pole.external_id.as_str()]).collect(),
            ),
            _ => ("link", self.around.links.iter().map(String::as_str).collect()),
        };
        if known.contains(&id) {
            return true;
        }
        let problem = row.problem(column, format!("there is no such {what}"));
        report.problem(match nearest(id, &known) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None => problem,
        });
        false
    }

    /// Tells how many luminaires hang on no feeder.
    pub(super) fn finish(&self, report: &mut Report) {
        let free = self.taken_by.iter().filter(|load| load.is_none()).count();
        if free > 0 {
            report.notice("luminaires hang on no feeder: they have supply always and are on no meter", free);
        }
    }
}

/// The line phases that a lamp hangs on, within those of its load: all lamps of a load with one line phase hang on that.
fn line_phases(pole: &Pole, phases: PhaseSet) -> Option<PhaseSet> {
    if phases.len() == 1 {
        return Some(phases);
    }
    let own = match pole.line_phase.to_ascii_lowercase().as_str() {
        "a" => PhaseSet::of(&[0]),
        "b" => PhaseSet::of(&[1]),
        "c" => PhaseSet::of(&[2]),
        _ => phases,
    };
    own.iter().all(|phase| phases.has(phase)).then_some(own)
}
