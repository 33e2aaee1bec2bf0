//! What a planner reads after a run: trips by class, the worst junctions, and what the numbers are worth.

use std::fmt::Write;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use scenarios::write::csv::fixed;
use scenarios::write::run::{EndReason, FinishedRun, clock};
use scenarios::write::summary::{trip_totals, trip_totals_by_class};
use scenarios::write::totals::{self, JunctionTotals, TripTotals};
use scenarios::write::{outage, places};
use sim_core::ids::JunctionId;
use sim_core::units::SimTime;

/// How many junctions are named.
const WORST: usize = 5;

/// The report of a run.
pub(crate) fn report(run: &FinishedRun<'_>) -> String {
    let mut text = String::new();
    let end = match run.ended_because {
        EndReason::EndReached => "",
        EndReason::AllArrived => ", all trips over",
        EndReason::Interrupted => ", interrupted",
    };
    let lines = [
        format!("{}: {} to {}{end}", run.loaded.name, clock(run.params.begin), clock(run.end)),
        format!("{}; one run, seed {}", run.calibration(), run.params.seed),
        String::new(),
        trips(run),
        worst_junctions(run),
        outage(run),
        route_response(run),
        observed(run),
    ];
    for line in lines.iter().filter(|line| line.as_str() != "-") {
        writeln!(text, "{line}").expect("writing to memory cannot fail");
    }
    text
}

/// How drivers responded to a change of roads.
fn route_response(run: &FinishedRun<'_>) -> String {
    let response = &run.results.route_response;
    if response.n_updates == 0 {
        return "-".to_owned();
    }
    format!(
        "Route response: {} other ways on the way, {} at departure, {} trips end before their destination; times on roads \
         changed by {} % at the last update.",
        response.n_on_the_way,
        response.n_at_departure,
        response.n_ending_before,
        fixed(100.0 * response.gap, 1)
    )
}

fn trips(run: &FinishedRun<'_>) -> String {
    let mut table = table(&[
        "class",
        "loaded",
        "departed",
        "arrived",
        "time spent h",
        "travel time s",
        "time loss s",
        "depart delay s",
        "stops",
    ]);
    let by_class = trip_totals_by_class(run);
    for (class, totals) in &by_class {
        table.add_row(trip_row(class.name(), totals));
    }
    if by_class.len() != 1 {
        table.add_row(trip_row("all", &trip_totals(run)));
    }
    align(&mut table);
    format!("{table}\n\nTravel time, time loss, depart delay and stops are means over arrived trips.\n")
}

fn trip_row(name: &str, totals: &TripTotals) -> Vec<String> {
    let mean = |sum: f64| totals.mean(sum).map_or_else(|| "–".to_owned(), |mean| fixed(mean, 1));
    vec![
        name.to_owned(),
        totals.loaded.to_string(),
        totals.departed.to_string(),
        totals.arrived.to_string(),
        fixed(totals.time_spent_s / 3600.0, 1),
        mean(totals.duration_s),
        mean(totals.time_loss_s),
        mean(totals.depart_delay_s),
        mean(totals.stops),
    ]
}

fn worst_junctions(run: &FinishedRun<'_>) -> String {
    let places = places::movements(run);
    let rows = totals::whole_run(&run.results.movements);
    let mut junctions: Vec<(JunctionId, JunctionTotals)> = totals::junctions(&rows, &places).into_iter().collect();
    junctions.retain(|(_, totals)| totals.all.served > 0.0);
    if junctions.is_empty() {
        return "-".to_owned();
    }
    // By delay of all vehicles together: a long delay of few is less of a problem than a fair one of many.
    junctions.sort_by(|(a, x), (b, y)| y.all.delay_s_sum.total_cmp(&x.all.delay_s_sum).then(a.cmp(b)));
    let mut table =
        table(&["junctions with most delay", "control delay s", "level", "vehicles/h", "queue p95 m", "delay h"]);
    for (junction, totals) in junctions.iter().take(WORST) {
        let all = &totals.all;
        let number = |number: Option<f64>, decimals| number.map_or_else(|| "–".to_owned(), |x| fixed(x, decimals));
        table.add_row(vec![
            run.loaded.names.junction_titles[junction.index()].clone(),
            number(all.control_delay_s(), 1),
            all.level().letter.map_or_else(|| "–".to_owned(), String::from),
            number(all.per_hour(all.served), 0),
            number(all.back_of_queue_p95_m, 0),
            fixed(all.delay_s_sum / 3600.0, 1),
        ]);
    }
    align(&mut table);
    table.to_string()
}

/// How near the run comes to what was observed.
fn observed(run: &FinishedRun<'_>) -> String {
    let Some(verdict) = run.verdict else { return "-".to_owned() };
    let mut table = table(&["observed", "days", "flows", "speeds", "criterion", "found", "needed", "met"]);
    for (words, judged) in [("calibration", &verdict.calibration), ("held out", &verdict.held_out)] {
        let Some(judged) = judged else { continue };
        for criterion in &judged.criteria {
            table.add_row(vec![
                words.to_owned(),
                judged.days.to_string(),
                judged.flows.to_string(),
                judged.speeds.to_string(),
                criterion.name.clone(),
                fixed(criterion.value, 2),
                criterion.needed.clone(),
                if criterion.is_met { "yes" } else { "no" }.to_owned(),
            ]);
        }
    }
    let missed: usize =
        [&verdict.calibration, &verdict.held_out].into_iter().flatten().map(|judged| judged.not_simulated).sum();
    let left_out = if missed > 0 { format!("; {missed} observations lie outside the results") } else { String::new() };
    format!("\n{table}\n\n{} by {}: {}{left_out}.\n", run.calibration(), verdict.rule.title(), verdict.why())
}

/// What a loss of supply came to.
fn outage(run: &FinishedRun<'_>) -> String {
    let Some(outage) = outage::summary(run) else { return "-".to_owned() };
    let at = |seconds: f64| clock(SimTime::from_s(seconds));
    let mut table = table(&["signals without supply", "from", "until", "off plan s", "delay h", "without outage h"]);
    for signal in &outage.signals {
        table.add_row(vec![
            signal.name.clone(),
            at(signal.dark_from_s),
            at(signal.dark_until_s),
            fixed(signal.off_plan_s, 0),
            fixed(signal.delay_h, 1),
            signal.delay_without_h.map_or_else(|| "–".to_owned(), |hours| fixed(hours, 1)),
        ]);
    }
    align(&mut table);
    let feeders: Vec<String> = outage
        .feeders
        .iter()
        .map(|feeder| format!("{} ({} of {} loads)", feeder.feeder_id, feeder.dark_loads, feeder.loads))
        .collect();
    let delay = outage.added_delay_h.map_or_else(String::new, |hours| {
        format!("; all vehicles lost {} h more than without the variant", fixed(hours, 1))
    });
    let head = format!(
        "\nNo supply from {} to {} on {}: {} kWh not served{delay}.\n",
        at(outage.from_s),
        at(outage.until_s),
        feeders.join(", "),
        fixed(outage.not_served_kwh, 1),
    );
    let lamps = if outage.luminaires == 0 {
        String::new()
    } else {
        format!("{} luminaires dark; {} sections lost their class.\n", outage.luminaires, outage.sections.len())
    };
    if outage.signals.is_empty() { format!("{head}{lamps}") } else { format!("{head}{lamps}\n{table}") }
}

/// A table with a head.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line)).set_header(head.iter().copied());
    table
}

/// Numbers stand to the right.
pub(crate) fn align(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
