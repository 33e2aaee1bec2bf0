//! Platoons on their way from signal to signal (HCM Chapter 30, Section 3): how they spread, how many arrive on green,
//! and how long they keep others from crossing.

/// Traffic that a movement sends off over a cycle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Discharge {
    /// Flow rate.
    pub flow_vph: f64,
    /// Saturation flow of all its lanes.
    pub saturation_vph: f64,
    /// Start of its effective green in the cycle.
    pub green_start_s: f64,
    /// Effective green.
    pub green_s: f64,
    /// Time at the start of green in which a queue leaves at saturation flow.
    pub queue_service_s: f64,
}

/// Flow by steps of a second over a cycle of `n` seconds, vehicles per step.
pub fn discharge_profile(discharge: &Discharge, n: usize) -> Vec<f64> {
    let mut profile = vec![0.0; n];
    if n == 0 {
        return profile;
    }
    let start = whole(discharge.green_start_s);
    let green = whole(discharge.green_s).min(n);
    let queued = whole(discharge.queue_service_s.min(discharge.green_s)).min(green);
    let total = discharge.flow_vph * n as f64 / 3600.0;
    let saturated = (discharge.saturation_vph / 3600.0).min(if queued > 0 { total / queued as f64 } else { 0.0 });
    let rest = if green > queued { (total - saturated * queued as f64) / (green - queued) as f64 } else { 0.0 };
    for step in 0..green {
        profile[(start + step) % n] += if step < queued { saturated } else { rest };
    }
    profile
}

fn whole(time_s: f64) -> usize {
    crate::math::floor(time_s.max(0.0) + 0.5) as usize
}

/// Smoothing factor of a running time, for steps of a second (Equation 30-11).
pub fn smoothing(running_time_s: f64) -> f64 {
    1.0 / (1.0 + 0.138 * running_time_s + 0.315)
}

/// Steps until the head of a platoon arrives (Equation 30-12).
pub fn head_steps(running_time_s: f64) -> f64 {
    running_time_s - 1.0 / smoothing(running_time_s) + 1.25
}

/// A profile as it arrives after a running time, in the steady state over cycles (Equations 30-9 and 30-10).
pub fn disperse(profile: &[f64], running_time_s: f64) -> Vec<f64> {
    let n = profile.len();
    let factor = smoothing(running_time_s);
    let shift = whole(head_steps(running_time_s));
    let mut arrivals = vec![0.0; n];
    if n == 0 {
        return arrivals;
    }
    let mut before = profile.iter().sum::<f64>() / n as f64;
    for _ in 0..200 {
        let at_start = before;
        for (step, flow) in profile.iter().enumerate() {
            before = factor * flow + (1.0 - factor) * before;
            arrivals[(step + shift) % n] = before;
        }
        if (before - at_start).abs() < 1e-12 {
            break;
        }
    }
    arrivals
}

/// Share of arrivals within a green.
pub fn share_on_green(arrivals: &[f64], green_start_s: f64, green_s: f64) -> f64 {
    let n = arrivals.len();
    let total: f64 = arrivals.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let start = whole(green_start_s);
    (0..whole(green_s).min(n)).map(|step| arrivals[(start + step) % n]).sum::<f64>() / total
}

/// Part of the time in which a platoon is too dense to cross, of either of two directions (Equation 30-13).
pub fn blocked_share(arrivals: &[&[f64]], critical_headway_s: f64) -> f64 {
    let n = arrivals.iter().map(|profile| profile.len()).max().unwrap_or(0);
    if n == 0 {
        return 0.0;
    }
    let most = 1.0 / critical_headway_s;
    let is_dense = |step: &usize| arrivals.iter().any(|profile| profile.get(*step).is_some_and(|flow| *flow > most));
    (0..n).filter(is_dense).count() as f64 / n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platoon() -> Vec<f64> {
        let discharge = Discharge {
            flow_vph: 900.0,
            saturation_vph: 3600.0,
            green_start_s: 90.0,
            green_s: 40.0,
            queue_service_s: 20.0,
        };
        discharge_profile(&discharge, 100)
    }

    #[test]
    fn nothing_is_lost_on_the_way_and_peaks_flatten() {
        let profile = platoon();
        assert!((profile.iter().sum::<f64>() - 25.0).abs() < 1e-9);
        assert_eq!((profile[95], profile[9], profile[20], profile[40]), (1.0, 1.0, 0.25, 0.0));
        let peak = |profile: &[f64]| profile.iter().copied().fold(0.0, f64::max);
        let near = disperse(&profile, 10.0);
        let far = disperse(&profile, 60.0);
        for arrivals in [&near, &far] {
            assert!((arrivals.iter().sum::<f64>() - 25.0).abs() < 1e-6);
        }
        assert!(peak(&profile) > peak(&near) && peak(&near) > peak(&far));
    }

    #[test]
    fn the_constants_are_those_of_the_manual() {
        assert!((smoothing(33.54) - 1.0 / (1.0 + 0.138 * 33.54 + 0.315)).abs() < 1e-12);
        assert!((head_steps(33.54) - (33.54 - (1.315 + 0.138 * 33.54) + 1.25)).abs() < 1e-9);
    }

    #[test]
    fn even_arrivals_come_on_green_as_long_as_green_is() {
        assert!((share_on_green(&[0.2; 100], 30.0, 45.0) - 0.45).abs() < 1e-12);
        assert_eq!(share_on_green(&[], 0.0, 10.0), 0.0);
    }

    #[test]
    fn dense_steps_are_counted_once() {
        let mut one = vec![0.1; 100];
        one[15..35].fill(0.5);
        let mut other = vec![0.1; 100];
        other[30..50].fill(0.5);
        assert!((blocked_share(&[&one], 10.0 / 3.0) - 0.20).abs() < 1e-12);
        assert!((blocked_share(&[&one, &other], 10.0 / 3.0) - 0.35).abs() < 1e-12);
        assert_eq!(blocked_share(&[], 4.1), 0.0);
    }
}
