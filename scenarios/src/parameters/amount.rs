//! A value of a parameter: a number, or a distribution from which each rider's is drawn.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sim_core::math;

use super::{PARAMETERS, Parameter};

/// A value, as a file gives it.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// The same for all.
    Fixed(f64),
    /// Drawn per rider or driver.
    Drawn(Distribution),
}

/// What a distribution looks like before it is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Normal, with mean and standard deviation.
    Normal,
    /// The same probability everywhere between the limits.
    Uniform,
    /// Lognormal, with mean and standard deviation of the values themselves.
    Lognormal,
}

/// A distribution, cut to an interval.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// Its shape.
    pub distribution: Shape,
    /// Mean before the cut.
    pub mean: Option<f64>,
    /// Standard deviation before the cut.
    pub deviation: Option<f64>,
    /// Smallest value; that of the parameter where it is left out.
    pub min: Option<f64>,
    /// Largest value; that of the parameter where it is left out.
    pub max: Option<f64>,
}

impl Distribution {
    /// The interval it is cut to.
    pub fn limits(&self, parameter: &Parameter) -> (f64, f64) {
        (self.min.unwrap_or(parameter.min), self.max.unwrap_or(parameter.max))
    }

    /// What is wrong with it, in words, and what is needed instead.
    pub fn mistake(&self, parameter: &Parameter) -> Option<(&'static str, &'static str)> {
        let (min, max) = self.limits(parameter);
        if self.distribution == Shape::Uniform {
            if self.min.is_none() || self.max.is_none() {
                return Some(("a uniform distribution lacks its limits", "min and max"));
            }
            if self.mean.is_some() || self.deviation.is_some() {
                return Some(("a uniform distribution has neither mean nor deviation", "min and max"));
            }
        } else {
            let (Some(mean), Some(_)) = (self.mean, self.deviation) else {
                return Some((
                    "the distribution lacks mean or deviation",
                    "mean and deviation, with min and max at will",
                ));
            };
            if !(min..=max).contains(&mean) {
                return Some(("the mean lies outside min and max", "a mean between them"));
            }
            if self.distribution == Shape::Lognormal && mean <= 0.0 {
                return Some(("a lognormal distribution has a mean above 0", "a mean above 0"));
            }
        }
        (min >= max).then_some(("min is not below max", "min below max"))
    }

    /// Share of the uncut distribution below a value.
    fn share_below(&self, value: f64, (min, max): (f64, f64)) -> f64 {
        let (mean, deviation) = (self.mean.unwrap_or(0.0), self.deviation.unwrap_or(0.0));
        let normal = |z: f64| 0.5 * math::erfc(-z / std::f64::consts::SQRT_2);
        match self.distribution {
            Shape::Uniform => ((value - min) / (max - min)).clamp(0.0, 1.0),
            Shape::Normal => normal((value - mean) / deviation),
            Shape::Lognormal if value <= 0.0 => 0.0,
            Shape::Lognormal => {
                let variance_ln = math::ln(1.0 + (deviation / mean) * (deviation / mean));
                normal((math::ln(value) - math::ln(mean) + 0.5 * variance_ln) / variance_ln.sqrt())
            }
        }
    }

    /// The value below which a share `u` of the cut distribution lies.
    pub fn quantile(&self, u: f64, parameter: &Parameter) -> f64 {
        let (min, max) = self.limits(parameter);
        if self.distribution != Shape::Uniform && self.deviation.unwrap_or(0.0) <= 0.0 {
            return self.mean.unwrap_or(min).clamp(min, max);
        }
        let below = |value: f64| self.share_below(value, (min, max));
        let wanted = below(min) + u * (below(max) - below(min));
        let (mut low, mut high) = (min, max);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if below(middle) < wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }
}

/// The JSON Schema of a parameter's value.
fn value_schema(parameter: &Parameter) -> Value {
    let number = json!({"type": "number", "minimum": parameter.min, "maximum": parameter.max});
    let mut schema = if parameter.is_drawable {
        let distribution = json!({
            "type": "object",
            "properties": {
                "distribution": {"type": "string", "enum": ["normal", "uniform", "lognormal"]},
                "mean": number,
                "deviation": {"type": "number", "minimum": 0.0, "maximum": parameter.max - parameter.min},
                "min": number,
                "max": number,
            },
            "required": ["distribution"],
            "additionalProperties": false,
        });
        json!({"anyOf": [number, distribution]})
    } else {
        number
    };
    let description = format!("{} Default: that of the class.", parameter.meaning);
    schema["description"] = json!(description);
    if !parameter.unit.is_empty() {
        schema["unit"] = json!(parameter.unit);
    }
    schema["source"] = json!(parameter.source);
    schema
}

/// Values by the key of their parameter.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Amounts(pub std::collections::BTreeMap<String, Amount>);

impl JsonSchema for Amounts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amounts".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let properties: Map<String, Value> =
            PARAMETERS.iter().map(|parameter| (parameter.key.to_owned(), value_schema(parameter))).collect();
        json!({"type": "object", "properties": properties}).try_into().expect("an object is a schema")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tau() -> &'static Parameter {
        super::super::find("tau_s").unwrap()
    }

    fn moments(distribution: &Distribution) -> (f64, f64) {
        let n = 4000;
        let values: Vec<f64> =
            (0..n).map(|i| distribution.quantile((f64::from(i) + 0.5) / f64::from(n), tau())).collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        (mean, (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n)).sqrt())
    }

    #[test]
    fn quantiles_have_the_moments_of_their_distribution() {
        let of = |distribution, mean, deviation, min, max| Distribution { distribution, mean, deviation, min, max };
        let wide = of(Shape::Normal, Some(1.5), Some(0.2), None, None);
        let cut = of(Shape::Normal, Some(1.5), Some(0.2), Some(1.5), None);
        let flat = of(Shape::Uniform, None, None, Some(1.0), Some(2.2));
        let skewed = of(Shape::Lognormal, Some(1.2), Some(0.3), None, None);
        // A normal one cut at its mean has its mean at √(2/π) deviations, and a deviation of √(1 − 2/π).
        let pi = std::f64::consts::PI;
        let half = (1.5 + 0.2 * (2.0 / pi).sqrt(), 0.2 * (1.0 - 2.0 / pi).sqrt());
        for (shape, (mean, deviation)) in
            [(wide, (1.5, 0.2)), (cut, half), (flat, (1.6, 1.2 / 12.0_f64.sqrt())), (skewed, (1.2, 0.3))]
        {
            let (own_mean, own_deviation) = moments(&shape);
            assert!((own_mean - mean).abs() < 1e-3, "{shape:?}: mean {own_mean}, {mean}");
            assert!((own_deviation - deviation).abs() < 2e-3, "{shape:?}: deviation {own_deviation}, {deviation}");
        }
    }

    #[test]
    fn distributions_that_make_no_sense_are_told() {
        let of = |distribution, mean, deviation, min, max| Distribution { distribution, mean, deviation, min, max };
        for wrong in [
            of(Shape::Uniform, None, None, Some(1.0), None),
            of(Shape::Uniform, None, None, Some(2.0), Some(1.0)),
            of(Shape::Uniform, Some(1.0), None, Some(0.5), Some(1.5)),
            of(Shape::Normal, Some(1.0), None, None, None),
            of(Shape::Normal, Some(1.0), Some(0.2), Some(1.1), None),
        ] {
            assert!(wrong.mistake(tau()).is_some(), "{wrong:?}");
        }
        assert_eq!(of(Shape::Lognormal, Some(1.0), Some(0.2), None, None).mistake(tau()), None);
    }
}
