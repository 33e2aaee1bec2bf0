//! From the files of a scenario to its lighting: what the simulation builds from, and the names of it all.

use sim_core::lighting::class::Requirement;
use sim_core::lighting::{Lighting, LightingParts};
use sim_core::network::parts::NetworkParts;

use crate::error::{Problem, Problems};
use crate::lighting::compile::{Input, compile, count_filled};
use crate::lighting::generate::{Design, Layout};
use crate::lighting::inventory::{self, Ground, Pole};
use crate::lighting::programs::{self, Control};
use crate::lighting::rules::{self, DEFAULT_RULES, RuleSet, Surface};
use crate::lighting::sections::{self, SectionPlan};
use crate::lighting::street::{self, Street};
use crate::lighting::street_rules::{self, StreetRule};
use crate::lighting::sun::Sun;
use crate::lighting::types::Types;
use crate::loaded::{Names, Place};
use crate::read::source::Files;
use crate::read::table::Report;
use crate::scenario_file::{LightingTable, ScenarioFile};

/// Street lighting as it was read.
#[derive(Clone, PartialEq, Debug)]
pub struct LightingPlan {
    /// What the simulation builds its lighting from.
    pub parts: LightingParts,
    /// The set of rules: name and version.
    pub rules: String,
    /// Carriageways.
    pub streets: Vec<Street>,
    /// Luminaires, in the order of their ids.
    pub poles: Vec<Pole>,
    /// Types.
    pub types: Types,
    /// Sections, in the order of their ids.
    pub sections: Vec<SectionPlan>,
    /// Names of circuits.
    pub circuits: Vec<String>,
    /// Programmes and calendars as written.
    pub control: Control,
    /// Names of programmes and calendars, in the order of the simulation.
    pub programs: Vec<String>,
    /// How often each field of the inventory was filled in.
    pub filled: Vec<(String, usize)>,
    /// Age of the lamps that light and power are computed for.
    pub age_h: f64,
    /// Hours of night in a year from the scenario's date on, where the place is known.
    pub year_night_h: Option<f64>,
}

impl LightingPlan {
    /// The lighting of the city.
    pub fn build(&self) -> Lighting {
        Lighting::build(self.parts.clone())
    }

    /// The same with every luminaire under one programme.
    ///
    /// # Errors
    /// If there is no such programme.
    pub fn with_program(&self, name: &str) -> Result<Self, Problems> {
        let Some(at) = self.programs.iter().position(|known| known == name) else {
            let problem = Problem::new("--program", "there is no such programme").field("program", name);
            return Err(programs::unknown(problem, name, &self.programs).into());
        };
        let mut plan = self.clone();
        plan.parts.luminaires.iter_mut().for_each(|luminaire| luminaire.program = at as u16);
        plan.poles.iter_mut().for_each(|pole| name.clone_into(&mut pole.program));
        Ok(plan)
    }
}

/// Reads the lighting of a scenario; `None` if it has none, or if there are mistakes, which are reported.
pub fn read(
    files: &mut Files,
    scenario: &ScenarioFile,
    (parts, names, place): (&NetworkParts, &Names, &Place),
    report: &mut Report,
) -> Option<LightingPlan> {
    let table = scenario.lighting.as_ref()?;
    let n_before = report.problems.list.len();
    if n_before > 0 {
        // On a broken network nothing can be placed.
        return None;
    }
    let label = files.source.label("scenario.toml");
    let set = match read_set(files, table) {
        Ok(set) => set,
        Err(problems) => {
            problems.list.into_iter().for_each(|problem| report.problem(problem));
            return None;
        }
    };
    let surfaces = surfaces(table, &label, report);
    let types = Types::read(files, table, report);
    let mut control = Control::builtin(table.night_below_deg.unwrap_or(-3.0));
    control.read(files, table.talq.as_deref(), report);
    let street_rules = street_rules::read_rules(files, &types, &set, report);
    let (streets, of_link) = street::streets(parts);
    // The inventory is looked at all the same, so that all mistakes are told together.
    let is_sound = report.problems.list.len() == n_before;
    let ground = Ground { streets: &streets, of_link: &of_link, names, place, types: &types.names };
    let calculation = set.calculation(table.corridor_m.unwrap_or(15.0));
    let inventory = inventory::read(files, table, &ground, report);
    let design = Design { types: &types, set: &set, surface: &surfaces[0].table, calculation };
    let mut layout = (inventory.is_none() && is_sound).then(|| Layout::new(&streets, &street_rules, &design, report));
    let place_lamps = |layout: &Option<Layout>| {
        let mut poles = match (&inventory, layout) {
            (Some(poles), _) => poles.clone(),
            (None, Some(layout)) => layout.poles(&streets, &street_rules, names),
            (None, None) => Vec::new(),
        };
        inventory::complete(&mut poles, &streets, names, (table.program.as_deref().unwrap_or("full"), &control.groups));
        poles
    };
    let mut poles = place_lamps(&layout);
    check_programs(&poles, &control, &label, report);
    let sun = sun(&poles, &control, place, &label, report);
    let heights_m = heights(&poles, streets.len());
    let class_of = |street: &Street| of_street(&street_rules, street);
    let sections = sections::read(files, &ground, (&set, &surfaces), &heights_m, report, class_of);
    if report.problems.list.len() > n_before {
        return None;
    }
    let input =
        Input { table, set: &set, surfaces: &surfaces, types: &types, control: &control, streets: &streets, sun };
    let mut plan = compile(&input, poles.clone(), sections.clone(), parts);
    // What was laid out as if each street were endless is put right where it is not.
    for _ in 0..ROUNDS {
        let Some(layout) = &mut layout else { break };
        if !improve(layout, &plan, &street_rules) {
            break;
        }
        poles = layout.poles(&streets, &street_rules, names);
        inventory::complete(&mut poles, &streets, names, (table.program.as_deref().unwrap_or("full"), &control.groups));
        plan = compile(&input, poles.clone(), sections.clone(), parts);
    }
    if inventory.is_none() {
        report.notice("luminaires were placed by rule", poles.len());
    }
    report_filled(&plan.poles, report);
    Some(plan)
}

/// Rounds in which streets that fall short get stronger lamps or more poles.
const ROUNDS: usize = 12;

fn improve(layout: &mut Layout, plan: &LightingPlan, rules: &[StreetRule]) -> bool {
    let lighting = plan.build();
    let mut is_improved = false;
    for (section, known) in plan.sections.iter().zip(lighting.sections.iter()) {
        let requirement = &lighting.classes[usize::from(known.normal_class)].requirement;
        let short = requirement.shortfalls(&known.full);
        let enough = Requirement {
            luminance_cdm2: requirement.luminance_cdm2,
            e_avg_lx: requirement.e_avg_lx,
            ..Requirement::default()
        };
        let share = enough.smallest_share(&known.full, f64::MAX, &lighting.rules);
        let street = &plan.streets[section.street];
        is_improved |= layout.improve(section.street, (&short, share), street, rules, &plan.types);
    }
    is_improved
}

/// Greatest mounting height by street; 10 where there is no lamp.
fn heights(poles: &[Pole], n_streets: usize) -> Vec<f64> {
    let mut heights = vec![0.0_f64; n_streets];
    for pole in poles {
        if let Some(street) = pole.street {
            heights[street] = heights[street].max(pole.height_m);
        }
    }
    heights.into_iter().map(|height| if height > 0.0 { height } else { 10.0 }).collect()
}

fn of_street(rules: &[StreetRule], street: &Street) -> Option<(String, String)> {
    street_rules::rule_of(rules, street).map(|rule| (rule.class.clone(), rule.least_class.clone()))
}

fn read_set(files: &mut Files, table: &LightingTable) -> Result<RuleSet, Problems> {
    let name = table.rules.as_deref().unwrap_or(DEFAULT_RULES);
    if !name.ends_with(".toml") {
        return RuleSet::builtin(name);
    }
    let bytes = files.bytes(name)?;
    let text = String::from_utf8(bytes).map_err(|_| Problem::new(name, "is not UTF-8"))?;
    RuleSet::parse(&text, &files.source.label(name).display().to_string())
}

/// The surfaces at the Q0 of the scenario; the one it names comes first.
fn surfaces(table: &LightingTable, label: &std::path::Path, report: &mut Report) -> Vec<Surface> {
    let mut surfaces = rules::surfaces();
    let wanted = table.surface.as_deref().unwrap_or("R3");
    match surfaces.iter().position(|surface| surface.name.eq_ignore_ascii_case(wanted)) {
        Some(at) => surfaces.swap(0, at),
        None => {
            let names: Vec<String> = surfaces.iter().map(|surface| surface.name.clone()).collect();
            let problem = Problem::new(label, "there is no such road surface").field("lighting.surface", wanted);
            report.problem(programs::unknown(problem, wanted, &names));
        }
    }
    if let Some(q0) = table.q0 {
        let first = &mut surfaces[0];
        first.table = first.table.clone().at_q0(first.q0, q0);
        first.q0 = q0;
    }
    surfaces
}

fn check_programs(poles: &[Pole], control: &Control, label: &std::path::Path, report: &mut Report) {
    let known = control.names();
    let mut names: Vec<&str> = poles.iter().map(|pole| pole.program.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|name| !known.iter().any(|known| known == name)) {
        let problem = Problem::new(label, "there is no such control programme").field("program", name);
        report.problem(programs::unknown(problem, name, &known));
    }
}

/// The sun, where the scenario has a place and a date; a problem if a programme needs it and it has not.
fn sun(poles: &[Pole], control: &Control, place: &Place, label: &std::path::Path, report: &mut Report) -> Option<Sun> {
    let date = place.date.as_ref().and_then(|date| date.parse().ok());
    let zone = place.time_zone.as_deref().unwrap_or("UTC");
    if let (Some(latitude), Some(longitude), Some(date)) = (place.latitude, place.longitude, date) {
        return Sun::new(latitude, longitude, zone, date);
    }
    if poles.iter().any(|pole| control.needs_sun(&pole.program)) {
        let problem = Problem::new(label, "lamps that follow the sun need to know where and when");
        report.problem(
            problem.field("lighting", "").hint("give place.latitude, place.longitude, place.time_zone and clock.date"),
        );
    }
    None
}

fn report_filled(poles: &[Pole], report: &mut Report) {
    for (field, count) in count_filled(poles) {
        report.notice(format!("luminaires.csv: {field} was filled in"), count);
    }
    let snapped: Vec<f64> = poles.iter().filter_map(|pole| pole.snap_m).collect();
    if !snapped.is_empty() {
        let mean = snapped.iter().sum::<f64>() / snapped.len() as f64;
        let most = snapped.iter().fold(0.0_f64, |most, x| most.max(*x));
        report.notice(
            format!("luminaires were put on streets by position: {mean:.1} m from the carriageway on average, {most:.1} m at most"),
            snapped.len(),
        );
    }
}
