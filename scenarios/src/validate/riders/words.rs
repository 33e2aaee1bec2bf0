//! Checks in words: a value against a range, against another value, or told for information.

use crate::validate::report::{Check, Verdict};

pub(super) fn between(quantity: &str, ours: f64, (low, high): (f64, f64), places: usize, source: &str) -> Check {
    let away = if ours < low {
        ours - low
    } else if ours > high {
        ours - high
    } else {
        0.0
    };
    Check {
        quantity: quantity.to_owned(),
        expected: format!("{low:.places$} to {high:.places$}"),
        ours: format!("{ours:.places$}"),
        difference: format!("{away:+.places$}"),
        rule: "in the range".to_owned(),
        verdict: if away == 0.0 { Verdict::Holds } else { Verdict::Fails },
        source: source.to_owned(),
    }
}

pub(super) fn within(quantity: &str, ours: f64, expected: f64, share: f64, places: usize, source: &str) -> Check {
    let relative = ours / expected - 1.0;
    Check {
        quantity: quantity.to_owned(),
        expected: format!("{expected:.places$}"),
        ours: format!("{ours:.places$}"),
        difference: format!("{:+.1} %", relative * 100.0),
        rule: format!("{:.0} %", share * 100.0),
        verdict: if relative.abs() <= share { Verdict::Holds } else { Verdict::Fails },
        source: source.to_owned(),
    }
}

pub(super) fn within_by(quantity: &str, ours: f64, expected: f64, by: f64, source: &str) -> Check {
    Check {
        quantity: quantity.to_owned(),
        expected: format!("{expected:.2}"),
        ours: format!("{ours:.2}"),
        difference: format!("{:+.2}", ours - expected),
        rule: format!("{by}"),
        verdict: if (ours - expected).abs() <= by { Verdict::Holds } else { Verdict::Fails },
        source: source.to_owned(),
    }
}

pub(super) fn information(quantity: &str, ours: String) -> Check {
    Check {
        quantity: quantity.to_owned(),
        expected: String::new(),
        ours,
        difference: String::new(),
        rule: String::new(),
        verdict: Verdict::Information,
        source: String::new(),
    }
}
