//! A corridor as a picture and as data.

use std::fmt::Write;

use super::{Corridor, Direction, Stop};
use crate::signals::diagram::split::quoted;
use crate::signals::diagram::{GREEN, RED, Svg, step_s};

impl Corridor {
    /// How long a picture shows: some cycles, and the time to drive through.
    pub fn shown_s(&self) -> f64 {
        let stops = || self.directions.iter().flat_map(|direction| &direction.stops);
        let time_s = stops().map(|stop| stop.at_s).fold(1.0, f64::max);
        let cycle_s = stops().map(|stop| stop.cycle_ms).max().unwrap_or(1000) as f64 / 1000.0;
        (2.0 * cycle_s + time_s).max(3.0 * cycle_s)
    }

    /// As a picture over some cycles; `begin_s` is the time at its left edge.
    pub fn svg(&self, title: &str, calibration: &str, begin_s: f64) -> String {
        const LEFT: f64 = 190.0;
        const WIDTH: f64 = 760.0;
        const HEIGHT: f64 = 420.0;
        let top = 40.0;
        let longest = |value: fn(&Stop) -> f64| {
            self.directions.iter().flat_map(|d| d.stops.iter().map(value)).fold(1.0, f64::max)
        };
        let (length_m, time_s) = (longest(|stop| stop.at_m), longest(|stop| stop.at_s));
        let shown_s = self.shown_s();
        let mut svg = Svg::new([LEFT + WIDTH + 30.0, top + HEIGHT + 60.0], title, calibration);
        let x = |s: f64| LEFT + WIDTH * (s - begin_s) / shown_s;
        svg.push(&format!(
            "<clipPath id=\"area\"><rect x=\"{LEFT}\" y=\"{}\" width=\"{WIDTH}\" height=\"{}\"/></clipPath>",
            top - 10.0,
            HEIGHT + 20.0
        ));
        svg.push("<g clip-path=\"url(#area)\">");
        for direction in &self.directions {
            let total_m = direction.stops.last().map_or(1.0, |stop| stop.at_m).max(1.0);
            let along = |at_m: f64| if direction.is_forth { at_m } else { total_m - at_m };
            let y = |at_m: f64| top + HEIGHT * (1.0 - along(at_m) * (length_m / total_m) / length_m);
            let fill = if direction.is_forth { "#1f77b4" } else { "#ff7f0e" };
            for &(start, length) in &direction.bands {
                let cycle = self.cycle_ms.unwrap_or(1000);
                let first = ((begin_s - time_s) * 1000.0 / cycle as f64).floor() as i64 - 1;
                for turn in first..first + (shown_s * 1000.0 / cycle as f64) as i64 + 5 {
                    let from = (start + turn * cycle) as f64 / 1000.0;
                    let to = from + length as f64 / 1000.0;
                    let mut points: Vec<[f64; 2]> =
                        direction.stops.iter().map(|stop| [x(from + stop.at_s), y(stop.at_m)]).collect();
                    points.extend(direction.stops.iter().rev().map(|stop| [x(to + stop.at_s), y(stop.at_m)]));
                    svg.polygon(&points, fill, 0.25);
                }
            }
            for stop in &direction.stops {
                let level = y(stop.at_m) + if direction.is_forth { -3.0 } else { 3.0 };
                svg.line([LEFT, level, LEFT + WIDTH, level], RED, 2.0);
                for &(start, length) in &stop.greens {
                    let first = (begin_s * 1000.0 / stop.cycle_ms as f64).floor() as i64 - 1;
                    for turn in first..first + (shown_s * 1000.0 / stop.cycle_ms as f64) as i64 + 4 {
                        let from = (start + turn * stop.cycle_ms) as f64 / 1000.0;
                        svg.line([x(from), level, x(from + length as f64 / 1000.0), level], GREEN, 4.0);
                    }
                }
            }
        }
        for trajectory in &self.trajectories {
            let direction = &self.directions[trajectory.direction];
            let total_m = direction.stops.last().map_or(1.0, |stop| stop.at_m).max(1.0);
            let along = |at_m: f64| if direction.is_forth { at_m } else { total_m - at_m };
            let points: Vec<String> = trajectory
                .points
                .iter()
                .map(|&(s, m)| format!("{:.1},{:.1}", x(s), top + HEIGHT * (1.0 - along(m) / total_m)))
                .collect();
            let stroke = if direction.is_forth { "#13517a" } else { "#a04d00" };
            svg.push(&format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"0.6\"/>",
                points.join(" ")
            ));
        }
        svg.push("</g>");
        let first = &self.directions[0];
        let total_m = first.stops.last().map_or(1.0, |stop| stop.at_m).max(1.0);
        for stop in &first.stops {
            let share = if first.is_forth { stop.at_m / total_m } else { 1.0 - stop.at_m / total_m };
            svg.words([LEFT - 8.0, top + HEIGHT * (1.0 - share) + 4.0], "end", &stop.junction);
        }
        let step = step_s(shown_s);
        let mut at = (begin_s / step).ceil() * step;
        while at <= begin_s + shown_s {
            svg.line([x(at), top + HEIGHT + 10.0, x(at), top + HEIGHT + 14.0], "#666666", 1.0);
            svg.words([x(at), top + HEIGHT + 28.0], "middle", &format!("{}", at - begin_s));
            at += step;
        }
        svg.words([LEFT, top + HEIGHT + 48.0], "start", &self.words());
        svg.words([LEFT + WIDTH, top + HEIGHT + 48.0], "end", "s; bands blue there, orange back");
        svg.finish()
    }

    /// The bands in words.
    pub fn words(&self) -> String {
        let Some(cycle_ms) = self.cycle_ms else {
            return "cycles differ: there is no band".to_owned();
        };
        let of = |direction: &Direction| {
            let widest = direction.bands.iter().map(|(_, length)| *length).max().unwrap_or(0);
            let way = if direction.is_forth { "there" } else { "back" };
            format!("{way}: widest band {} s of a cycle of {} s", widest as f64 / 1000.0, cycle_ms as f64 / 1000.0)
        };
        self.directions.iter().map(of).collect::<Vec<_>>().join("; ")
    }

    /// As data: greens of signals and bands.
    pub fn csv(&self) -> String {
        let mut text = String::from("direction,kind,junction_id,distance_m,drive_s,cycle_s,start_s,length_s\n");
        let s = |ms: i64| ms as f64 / 1000.0;
        for direction in &self.directions {
            let way = if direction.is_forth { "there" } else { "back" };
            for stop in &direction.stops {
                for &(start, length) in &stop.greens {
                    let id = quoted(&stop.junction);
                    let (cycle, start, length) = (s(stop.cycle_ms), s(start), s(length));
                    writeln!(
                        text,
                        "{way},green,{id},{:.1},{:.2},{cycle:.3},{start:.3},{length:.3}",
                        stop.at_m, stop.at_s
                    )
                    .expect("writing to memory cannot fail");
                }
            }
            for &(start, length) in &direction.bands {
                let cycle = s(self.cycle_ms.unwrap_or(0));
                writeln!(text, "{way},band,,,,{cycle:.3},{:.3},{:.3}", s(start), s(length))
                    .expect("writing to memory cannot fail");
            }
        }
        text
    }

    /// Vehicles as data.
    pub fn trajectories_csv(&self) -> String {
        let mut text = String::from("direction,trip_id,time_s,distance_m\n");
        for trajectory in &self.trajectories {
            let way = if self.directions[trajectory.direction].is_forth { "there" } else { "back" };
            for (s, m) in &trajectory.points {
                writeln!(text, "{way},{},{s:.3},{m:.2}", quoted(&trajectory.trip))
                    .expect("writing to memory cannot fail");
            }
        }
        text
    }
}
