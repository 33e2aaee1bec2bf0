//! Queues over a cycle as polygons: arrivals and service are constant within intervals (HCM Chapter 19, Section 4;
//! Chapter 31, Sections 3 and 4). They give the uniform delay of left turns that are served in more than one way, and
//! how many vehicles come to a full stop.

/// A part of the cycle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// How long.
    pub duration_s: f64,
    /// Arrivals, vehicles per second and lane.
    pub arrival_vps: f64,
    /// Service of a queue, vehicles per second and lane.
    pub service_vps: f64,
    /// Vehicles that leave at once when the interval ends: left turns on amber.
    pub sneakers_veh: f64,
}

/// What a polygon says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outcome {
    /// Uniform delay per vehicle (Equation 19-35).
    pub delay_s: f64,
    /// Vehicles that stop fully within the largest queue (Equation 31-141), per lane and cycle.
    pub full_stops_veh: f64,
}

/// A piece of the queue's history with constant rates, cut where the queue ends.
#[derive(Clone, Copy)]
struct Piece {
    begin_s: f64,
    end_s: f64,
    arrival_vps: f64,
    /// Departures, vehicles per second.
    leave_vps: f64,
    /// Vehicles that leave at the end at once.
    jump_veh: f64,
    /// Queue at the start.
    queue_veh: f64,
}

/// Works a polygon out in its steady state. `stop_delay_s` is the delay of braking and accelerating: who is delayed less
/// has not stopped.
pub fn evaluate(intervals: &[Interval], stop_delay_s: f64) -> Outcome {
    let mut queue_veh = 0.0;
    for _ in 0..100 {
        let (pieces, end_veh) = one_cycle(intervals, queue_veh);
        let has_settled = (end_veh - queue_veh).abs() < 1e-10 || pieces.is_empty();
        queue_veh = end_veh;
        if has_settled {
            break;
        }
    }
    let (pieces, _) = one_cycle(intervals, queue_veh);
    let arrivals_veh: f64 = intervals.iter().map(|interval| interval.arrival_vps * interval.duration_s).sum();
    let area: f64 = pieces
        .iter()
        .map(|piece| {
            let length_s = piece.end_s - piece.begin_s;
            let growth_vps = piece.arrival_vps - piece.leave_vps;
            length_s * (piece.queue_veh + 0.5 * growth_vps * length_s)
        })
        .sum();
    let delay_s = if arrivals_veh > 0.0 { area / arrivals_veh } else { 0.0 };
    Outcome { delay_s, full_stops_veh: full_stops(&pieces, stop_delay_s) }
}

fn one_cycle(intervals: &[Interval], queue_veh: f64) -> (Vec<Piece>, f64) {
    let mut pieces = Vec::with_capacity(2 * intervals.len());
    let mut queue_veh = queue_veh;
    let mut now_s = 0.0;
    for interval in intervals.iter().filter(|interval| interval.duration_s > 0.0) {
        let growth_vps = interval.arrival_vps - interval.service_vps;
        let mut rest_s = interval.duration_s;
        let mut push = |length_s: f64, leave_vps: f64, queue_veh: f64| {
            pieces.push(Piece {
                begin_s: now_s,
                end_s: now_s + length_s,
                arrival_vps: interval.arrival_vps,
                leave_vps,
                jump_veh: 0.0,
                queue_veh,
            });
            now_s += length_s;
        };
        let drained_s = if growth_vps < 0.0 { queue_veh / -growth_vps } else { f64::INFINITY };
        if drained_s < rest_s {
            if drained_s > 0.0 {
                push(drained_s, interval.service_vps, queue_veh);
                rest_s -= drained_s;
            }
            // From here on vehicles leave as they arrive.
            queue_veh = 0.0;
            push(rest_s, interval.arrival_vps, 0.0);
        } else {
            push(rest_s, interval.service_vps, queue_veh);
            queue_veh = (queue_veh + growth_vps * rest_s).max(0.0);
        }
        let jump_veh = interval.sneakers_veh.min(queue_veh);
        if let Some(last) = pieces.last_mut() {
            last.jump_veh = jump_veh;
        }
        queue_veh -= jump_veh;
    }
    (pieces, queue_veh)
}

/// Of all stretches between moments without a queue, the largest number of vehicles that are delayed by at least
/// `stop_delay_s`: those whose arrival line, moved by that delay, is still above the departure line.
fn full_stops(pieces: &[Piece], stop_delay_s: f64) -> f64 {
    // Three cycles on end, so that every stretch appears whole; one that never ends counts for one cycle.
    let cycle_s = pieces.last().map_or(0.0, |piece| piece.end_s);
    let long: Vec<Piece> = (0..3)
        .flat_map(|cycle| {
            let shift_s = f64::from(cycle) * cycle_s;
            pieces.iter().map(move |piece| Piece {
                begin_s: piece.begin_s + shift_s,
                end_s: piece.end_s + shift_s,
                ..*piece
            })
        })
        .collect();
    let ends_here = |piece: &Piece| {
        let end_veh = piece.queue_veh + (piece.arrival_vps - piece.leave_vps) * (piece.end_s - piece.begin_s);
        end_veh - piece.jump_veh < 1e-9
    };
    let mut largest_veh: f64 = 0.0;
    let mut stretch: Vec<Piece> = Vec::new();
    let mut is_whole = pieces.first().is_none_or(|piece| piece.queue_veh < 1e-9);
    for piece in &long {
        stretch.push(*piece);
        if ends_here(piece) {
            if is_whole {
                largest_veh = largest_veh.max(stops_within(&stretch, stop_delay_s));
            }
            is_whole = true;
            stretch.clear();
        }
    }
    if largest_veh == 0.0 && !is_whole {
        // The queue never ends: all who arrive in a cycle stop.
        return pieces.iter().map(|piece| piece.arrival_vps * (piece.end_s - piece.begin_s)).sum();
    }
    largest_veh
}

/// Vehicles of one stretch that are delayed by at least `stop_delay_s`: vehicle n arrives when the arrival line passes
/// n and leaves when the departure line does.
fn stops_within(stretch: &[Piece], stop_delay_s: f64) -> f64 {
    // Both lines as corners (time, count).
    let mut arrivals = vec![(stretch[0].begin_s, 0.0)];
    let mut departures = vec![(stretch[0].begin_s, 0.0)];
    let (mut arrived, mut left) = (0.0, 0.0);
    for piece in stretch {
        let length_s = piece.end_s - piece.begin_s;
        arrived += piece.arrival_vps * length_s;
        arrivals.push((piece.end_s, arrived));
        left += piece.leave_vps * length_s;
        departures.push((piece.end_s, left));
        if piece.jump_veh > 0.0 {
            left += piece.jump_veh;
            departures.push((piece.end_s, left));
        }
    }
    // Between counts at which one of the lines has a corner, the delay is linear in the count.
    let mut counts: Vec<f64> = arrivals.iter().chain(&departures).map(|corner| corner.1).collect();
    counts.sort_by(f64::total_cmp);
    counts.dedup_by(|a, b| (*a - *b).abs() < 1e-12);
    let mut stopped = 0.0;
    for pair in counts.windows(2) {
        let (low, high) = (pair[0], pair[1].min(arrived));
        let inside = (high - low) * 1e-9;
        if high <= low {
            continue;
        }
        let delay_at = |count: f64| time_of(&departures, count) - time_of(&arrivals, count) - stop_delay_s;
        let (first, last) = (delay_at(low + inside), delay_at(high - inside));
        stopped += match (first >= 0.0, last >= 0.0) {
            (true, true) => high - low,
            (false, false) => 0.0,
            (true, false) => (high - low) * first / (first - last),
            (false, true) => (high - low) * last / (last - first),
        };
    }
    stopped
}

/// When a line of corners reaches a count.
fn time_of(line: &[(f64, f64)], count: f64) -> f64 {
    for pair in line.windows(2) {
        let ((begin_s, low), (end_s, high)) = (pair[0], pair[1]);
        if count <= high && high > low {
            return begin_s + (end_s - begin_s) * ((count - low) / (high - low)).max(0.0);
        }
    }
    line.last().map_or(0.0, |corner| corner.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::hcm::back_of_queue::full_stops_of_one_green;
    use crate::signals::hcm::delay::uniform_s;

    fn one_green(cycle_s: f64, green_s: f64, flow_vph: f64, saturation_vph: f64, on_green: f64) -> [Interval; 2] {
        let arrivals = flow_vph / 3600.0 * cycle_s;
        let red_s = cycle_s - green_s;
        let interval = |duration_s, share: f64, service_vps| Interval {
            duration_s,
            arrival_vps: share * arrivals / duration_s,
            service_vps,
            sneakers_veh: 0.0,
        };
        [interval(red_s, 1.0 - on_green, 0.0), interval(green_s, on_green, saturation_vph / 3600.0)]
    }

    #[test]
    fn one_green_has_the_delay_and_stops_of_the_closed_forms() {
        for (cycle_s, green_s, flow_vph, on_green) in
            [(100.0, 40.0, 400.0, 0.4), (90.0, 30.0, 500.0, 0.6), (120.0, 70.0, 900.0, 0.45), (60.0, 20.0, 570.0, 0.2)]
        {
            let saturation_vph = 1800.0;
            let capacity_vph = saturation_vph * green_s / cycle_s;
            let outcome = evaluate(&one_green(cycle_s, green_s, flow_vph, saturation_vph, on_green), 11.2);
            let expected_s = uniform_s(cycle_s, green_s, flow_vph / capacity_vph, on_green);
            assert!((outcome.delay_s - expected_s).abs() < 1e-6, "{} {expected_s}", outcome.delay_s);
            let stops =
                full_stops_of_one_green(flow_vph, capacity_vph, saturation_vph, on_green, (green_s, cycle_s), 11.2);
            assert!((outcome.full_stops_veh - stops).abs() < 1e-6, "{} {stops}", outcome.full_stops_veh);
        }
    }

    #[test]
    fn sneakers_alone_serve_two_a_cycle() {
        let interval =
            |duration_s, sneakers_veh| Interval { duration_s, arrival_vps: 0.01, service_vps: 0.0, sneakers_veh };
        let outcome = evaluate(&[interval(60.0, 0.0), interval(40.0, 2.0)], 10.0);
        // One vehicle a cycle: on average it waits half a cycle, and it stops unless it comes within the last 10 s.
        assert!((outcome.delay_s - 50.0).abs() < 1e-9);
        assert!((outcome.full_stops_veh - 0.9).abs() < 1e-6, "{}", outcome.full_stops_veh);
    }

    #[test]
    fn an_empty_polygon_says_nothing() {
        assert_eq!(evaluate(&[], 10.0), Outcome { delay_s: 0.0, full_stops_veh: 0.0 });
    }
}
