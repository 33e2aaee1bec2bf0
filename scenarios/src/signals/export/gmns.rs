//! Plans as GMNS signal tables: stages are the phases of one ring. A movement with green in phases that follow one another
//! stays green between them, as overlaps of controllers do.

use sim_core::ids::SignalId;
use sim_core::signals::Aspect;

use super::stages::staged;
use super::{NamedFile, offset_ms, seconds};
use crate::error::{Problem, Problems};
use crate::loaded::Loaded;
use crate::read::gmns::signals::parse_days;
use crate::schema::network_tables::{
    SIGNAL_CONTROLLER, SIGNAL_COORDINATION, SIGNAL_PHASE_MVMT, SIGNAL_TIMING_PHASE, SIGNAL_TIMING_PLAN,
};
use crate::write::gmns::Sheet;

const PHASE_COLUMNS: [&str; 10] = [
    "timing_phase_id",
    "timing_plan_id",
    "signal_phase_num",
    "min_green",
    "clearance",
    "yellow",
    "walk_time",
    "ped_clearance",
    "ring",
    "barrier",
];

/// The tables.
pub(super) fn files(loaded: &Loaded, signals: &[SignalId]) -> Result<Vec<NamedFile>, Problems> {
    let mut controllers = Sheet::new(&SIGNAL_CONTROLLER, &["controller_id"]);
    let plan_columns = ["timing_plan_id", "controller_id", "time_day", "cycle_length"];
    let mut plans = Sheet::new(&SIGNAL_TIMING_PLAN, &plan_columns);
    let columns: Vec<&'static str> = PHASE_COLUMNS.into_iter().chain(["position"]).collect();
    let mut phases = Sheet::new(&SIGNAL_TIMING_PHASE, &columns);
    let movement_columns = ["signal_phase_mvmt_id", "timing_phase_id", "mvmt_id", "protection"];
    let mut movements = Sheet::new(&SIGNAL_PHASE_MVMT, &movement_columns);
    let coordination_columns =
        ["coordination_id", "timing_plan_id", "controller_id", "coord_phase", "coord_ref_to", "offset"];
    let mut coordination = Sheet::new(&SIGNAL_COORDINATION, &coordination_columns);
    let mut problems = Problems::default();
    for &signal in signals {
        let plan = &loaded.signals.plans[signal];
        let id = &loaded.names.signals[signal.index()];
        let Some(staged) = staged(loaded, signal) else {
            let problem = Problem::new(&loaded.path, "stages do not give exactly the letters of its plan");
            let problem = problem.field("signal", id);
            problems.push(problem.hint("--to stages writes such plans letter by letter, --to sumo as they are"));
            continue;
        };
        let plan_id = format!("{id}:plan");
        controllers.row(vec![id.clone()]);
        let sheet = &staged.sheet;
        let time_day = time_day(&sheet.days, &sheet.from, &sheet.to);
        plans.row(vec![plan_id.clone(), id.clone(), time_day, seconds(plan.cycle_ms())]);
        let mut at_ms = 0;
        for (index, stage) in staged.stages.iter().enumerate() {
            let phase_id = format!("{id}:{}", index + 1);
            let note = sheet.stages.get(index);
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            let (phase, _) = plan.phase_at(plan.offset_ms + at_ms);
            phases.row(vec![
                phase_id.clone(),
                plan_id.clone(),
                (index + 1).to_string(),
                seconds(stage.green_ms),
                seconds(stage.yellow_ms + stage.all_red_ms),
                seconds(stage.yellow_ms),
                number(note.and_then(|note| note.walk_s)),
                number(note.and_then(|note| note.ped_clear_s)),
                "1".to_owned(),
                "1".to_owned(),
                (index + 1).to_string(),
            ]);
            for &way in &stage.movements {
                let way = &staged.ways[way];
                let shows = |head: &usize| plan.phases[phase].aspects[*head] == Aspect::Green;
                // Where only some lanes yield, right of way makes them: the movement as a whole is protected.
                let protection = if way.heads.iter().any(shows) { "protected" } else { "permitted" };
                let row = format!("{phase_id}:{}", way.id);
                movements.row(vec![row, phase_id.clone(), way.id.clone(), protection.to_owned()]);
            }
            at_ms += stage.green_ms + stage.yellow_ms + stage.all_red_ms;
        }
        coordination.row(vec![
            format!("{id}:coordination"),
            plan_id,
            id.clone(),
            "1".to_owned(),
            "begin_of_green".to_owned(),
            seconds(offset_ms(plan)),
        ]);
    }
    problems.or_ok(())?;
    let sheets = [controllers, plans, phases, movements, coordination];
    sheets.iter().map(|sheet| Ok((sheet.file().to_owned(), sheet.bytes()?))).collect()
}

/// Days, Sunday first and a holiday at the end, and times of a plan.
fn time_day(days: &str, from: &str, to: &str) -> String {
    let [mon, tue, wed, thu, fri, sat, sun] = parse_days(days).unwrap_or([true; 7]);
    let flags = [sun, mon, tue, wed, thu, fri, sat, sun].map(|is_in| if is_in { '1' } else { '0' });
    let clock = |text: &str, default: f64| {
        let seconds = crate::schema::column::parse_instant_s(text).unwrap_or(default);
        format!("{:02}:{:02}", (seconds / 3600.0).floor(), (seconds % 3600.0 / 60.0).floor())
    };
    format!("{}_{}_{}", flags.iter().collect::<String>(), clock(from, 0.0), clock(to, 86_400.0))
}
