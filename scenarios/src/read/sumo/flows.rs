//! When the vehicles of a `flow` depart.

use sim_core::units::SimTime;

use super::context::{Context, Range};
use super::routes::Usual;
use super::xml::Element;
use crate::demand::Departures;

/// How often.
enum Rate {
    Period(f64),
    Exponential(f64),
    Probability(f64),
}

/// Whole milliseconds, as SUMO counts time.
fn whole_ms(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn rate(context: &mut Context, element: &Element) -> Result<Option<Rate>, ()> {
    let given: Vec<&str> =
        ["period", "vehsPerHour", "perHour", "probability"].into_iter().filter(|field| element.has(field)).collect();
    let field = match given[..] {
        [] => return Ok(None),
        [field] => field,
        _ => {
            let problem = context.problem(element.line, "the flow has more than one rate");
            problem.field = Some(given.join(", "));
            problem.allowed = Some("one of period, vehsPerHour, probability".into());
            return Err(());
        }
    };
    let exponential = element.get("period").and_then(|text| text.trim().strip_prefix("exp(")?.strip_suffix(')'));
    let rate = match (field, exponential) {
        ("period", Some(rate)) => match rate.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x > 0.0) {
            Some(rate) => Some(Rate::Exponential(rate)),
            None => {
                context.wrong(element, field, "this is not a rate", "exp(vehicles per second), above 0");
                None
            }
        },
        ("period", None) => context.time_s(element, field, Range::Positive).map(Rate::Period),
        ("probability", _) => match context.number(element, field, Range::Share) {
            Some(0.0) => {
                context.wrong(element, field, "the flow has no vehicles", "above 0, up to 1");
                None
            }
            probability => probability.map(Rate::Probability),
        },
        _ => context.number(element, field, Range::Positive).map(|per_hour| Rate::Period(whole_ms(3600.0 / per_hour))),
    };
    rate.map(Some).ok_or(())
}

/// The departures of a flow; `None` after a recorded mistake or if it has no vehicles.
pub(super) fn departures(context: &mut Context, element: &Element, usual: &Usual) -> Option<Departures> {
    let rate = rate(context, element).ok()?;
    let number = match (element.has("number"), context.whole::<u32>(element, "number")) {
        (true, None) => return None,
        (_, number) => number,
    };
    if rate.is_none() && number.is_none() {
        let problem = context.problem(element.line, "the flow has no rate");
        problem.hint = Some("give one of period, vehsPerHour, probability, number".into());
        return None;
    }
    if rate.is_some() && number.is_some() && element.has("end") {
        let problem = context.problem(element.line, "the flow has a rate, a number and an end");
        problem.hint = Some("leave out number or end".into());
        return None;
    }
    if number == Some(0) {
        context.notice("flows without vehicles are left out");
        return None;
    }
    if matches!(element.get("begin"), Some("triggered" | "containerTriggered" | "now")) {
        context.notice("flows that begin by a trigger are left out");
        return None;
    }
    let begin_s = if element.has("begin") && element.get("begin") != Some("begin") {
        context.time_s(element, "begin", Range::NotNegative)?
    } else {
        usual.begin_s
    };
    let end_s = match (element.has("end"), context.time_s(element, "end", Range::NotNegative)) {
        (true, None) => return None,
        (true, end_s) => end_s,
        (false, _) if usual.end_s.is_none() && (number.is_none() || rate.is_none()) => {
            context.notice("flows without an end go on for 24 hours");
            Some(begin_s + 86_400.0)
        }
        (false, _) if number.is_some() && rate.is_some() => None,
        (false, _) => usual.end_s,
    };
    if let Some(end_s) = end_s
        && end_s < begin_s
    {
        let problem = context.problem(element.line, "the flow ends before it begins");
        problem.field = Some("begin, end".into());
        problem.value = Some(format!("{begin_s}, {end_s}"));
        return None;
    }
    Some(schedule(begin_s, end_s, rate, number))
}

fn schedule(begin_s: f64, end_s: Option<f64>, rate: Option<Rate>, number: Option<u32>) -> Departures {
    let begin = SimTime::from_s(begin_s);
    let last = end_s.map_or(SimTime(i64::MAX), SimTime::from_s);
    match rate {
        None => {
            let number = number.unwrap_or(1);
            let span_s = end_s.unwrap_or(begin_s) - begin_s;
            let period_s = (span_s * 1000.0 / f64::from(number)).floor() / 1000.0;
            Departures::Every { begin, period_s, number }
        }
        Some(Rate::Period(period_s)) => {
            let from_end = ((end_s.unwrap_or(begin_s) - begin_s) / period_s).ceil().max(0.0) as u32;
            Departures::Every { begin, period_s, number: number.unwrap_or(from_end) }
        }
        Some(Rate::Exponential(rate_per_s)) => Departures::Poisson { begin, end: last, rate_per_s, number },
        Some(Rate::Probability(probability)) => Departures::PerSecond { begin, end: last, probability, number },
    }
}
