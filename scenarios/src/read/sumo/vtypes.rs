//! Vehicle types: `vType` and `vTypeDistribution`.

use std::collections::HashMap;

use sim_core::ids::{Id, VehicleTypeId};
use sim_core::rng::CutNormal;
use sim_core::traffic::types::{Alignment, CarFollowing, VehicleType};
use sim_core::units::VehicleClass;

use super::context::{Context, Range};
use super::raw;
use super::xml::Element;
use crate::demand::TypeChoice;
use crate::error::Problem;

/// What a name of a type stands for.
#[derive(Clone)]
enum Named {
    One(VehicleTypeId),
    Distribution(usize),
}

struct Distribution {
    id: String,
    file: std::path::PathBuf,
    line: usize,
    members: Vec<(String, f64)>,
}

/// All types read, and those SUMO knows without being told.
#[derive(Default)]
pub(super) struct Types {
    pub(super) types: Vec<VehicleType>,
    pub(super) names: Vec<String>,
    named: HashMap<String, Named>,
    distributions: Vec<Distribution>,
    /// The distribution that is open, and the type.
    open_distribution: Option<usize>,
    open_type: bool,
    /// The deviation of speed factors where a type gives none.
    usual_deviation: Option<f64>,
}

/// Types SUMO has by default, made when they are first used.
const BUILT_IN: &[(&str, VehicleClass)] = &[
    ("DEFAULT_VEHTYPE", VehicleClass::Car),
    ("DEFAULT_BIKETYPE", VehicleClass::Bicycle),
    ("DEFAULT_TAXITYPE", VehicleClass::Taxi),
    ("DEFAULT_RAILTYPE", VehicleClass::Rail),
];

/// Attributes that say nothing about how the vehicle moves, or are read elsewhere.
const SILENT: &[&str] = &[
    "id",
    "probability",
    "color",
    "guiShape",
    "imgFile",
    "osgFile",
    "height",
    "vClass",
    "personCapacity",
    "mass",
    "containerCapacity",
    "boardingDuration",
    "loadingDuration",
    "laneChangeModel",
    "refId",
    "name",
    "parkingBadges",
    "emissionClass",
    "shape",
    "type",
];

impl Types {
    /// No types yet; `usual_deviation` is the deviation of speed factors where a type gives none.
    pub(super) fn new(usual_deviation: Option<f64>) -> Self {
        Self { usual_deviation, ..Self::default() }
    }
    /// Takes an element if it belongs to types.
    pub(super) fn open(&mut self, context: &mut Context, element: &Element) -> bool {
        match element.name.as_str() {
            "vTypeDistribution" => self.distribution(context, element),
            "vType" => self.vehicle_type(context, element),
            "param" if self.open_type => {}
            model if self.open_type => {
                context.notice(format!("the element <{model}> within a vType is not supported and has no effect"));
            }
            _ => return false,
        }
        true
    }
    /// Sees an element end.
    pub(super) fn close(&mut self, name: &str) {
        match name {
            "vType" => self.open_type = false,
            "vTypeDistribution" => self.open_distribution = None,
            _ => {}
        }
    }
    fn claim(&mut self, context: &mut Context, line: usize, id: &str, named: Named) {
        if self.named.insert(id.to_owned(), named).is_some() {
            let problem = context.problem(line, "there is another vehicle type or distribution of this name");
            problem.field = Some("id".into());
            problem.value = Some(id.to_owned());
        }
    }
    fn distribution(&mut self, context: &mut Context, element: &Element) {
        let id = context.text(element, "id").unwrap_or_default().to_owned();
        let index = self.distributions.len();
        let names: Vec<&str> = element.get("vTypes").unwrap_or_default().split_whitespace().collect();
        let weights = weights(context, element, names.len());
        let members = names.iter().map(|name| (*name).to_owned()).zip(weights).collect();
        self.claim(context, element.line, &id, Named::Distribution(index));
        self.distributions.push(Distribution { id, file: context.file.clone(), line: element.line, members });
        self.open_distribution = Some(index);
    }
    fn vehicle_type(&mut self, context: &mut Context, element: &Element) {
        self.open_type = true;
        let weight = context.number(element, "probability", Range::NotNegative).unwrap_or(1.0);
        if let Some(id) = element.get("refId").filter(|_| self.open_distribution.is_some()) {
            if let Some(open) = self.open_distribution {
                self.distributions[open].members.push((id.to_owned(), weight));
            }
            return;
        }
        let id = context.text(element, "id").unwrap_or_default().to_owned();
        let read = read(context, element, self.usual_deviation);
        if BUILT_IN.iter().any(|(name, _)| *name == id) {
            self.named.remove(&id);
        }
        let number = self.add(id.clone(), read);
        self.claim(context, element.line, &id, Named::One(number));
        if let Some(open) = self.open_distribution {
            self.distributions[open].members.push((id, weight));
        }
    }
    fn add(&mut self, name: String, vehicle_type: VehicleType) -> VehicleTypeId {
        self.names.push(name);
        self.types.push(vehicle_type);
        VehicleTypeId::from_index(self.types.len() - 1)
    }
    /// What a name stands for; `None` if nothing.
    pub(super) fn choice(&mut self, name: &str) -> Option<TypeChoice> {
        if let Some(named) = self.named.get(name) {
            return Some(match named {
                Named::One(one) => TypeChoice::One(*one),
                Named::Distribution(index) => TypeChoice::Drawn(*index),
            });
        }
        let (_, class) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
        let mut vehicle_type = VehicleType::sumo_default(*class);
        if let Some(deviation) = self.usual_deviation {
            vehicle_type.speed_factor.deviation = deviation;
        }
        let one = self.add(name.to_owned(), vehicle_type);
        self.named.insert(name.to_owned(), Named::One(one));
        Some(TypeChoice::One(one))
    }
    /// Names of all types and distributions, in order.
    pub(super) fn known(&self) -> Vec<&str> {
        let distributions = self.distributions.iter().map(|distribution| distribution.id.as_str());
        self.names.iter().map(String::as_str).chain(distributions).collect()
    }
    /// The distributions with their members resolved to types.
    pub(super) fn distributions(&mut self, context: &mut Context) -> Vec<Vec<(VehicleTypeId, f64)>> {
        let mut all = Vec::with_capacity(self.distributions.len());
        for index in 0..self.distributions.len() {
            let mut members = Vec::new();
            let mut path = Vec::new();
            let outcome = self.flatten(index, 1.0, &mut path, &mut members);
            let distribution = &self.distributions[index];
            let at = |message: String| {
                let problem = Problem::new(&distribution.file, message).line(distribution.line);
                problem.field("id", distribution.id.clone())
            };
            if let Err(message) = outcome {
                context.problems.push(at(message));
            } else if members.iter().map(|member| member.1).sum::<f64>() <= 0.0 {
                context.problems.push(at("the distribution has no member with a probability above 0".into()));
            }
            all.push(members);
        }
        all
    }
    fn flatten(
        &mut self,
        index: usize,
        share: f64,
        path: &mut Vec<usize>,
        members: &mut Vec<(VehicleTypeId, f64)>,
    ) -> Result<(), String> {
        if path.contains(&index) {
            return Err("the distribution contains itself".into());
        }
        path.push(index);
        let own = self.distributions[index].members.clone();
        let total: f64 = own.iter().map(|member| member.1).sum();
        for (name, weight) in own {
            match self.choice(&name) {
                Some(TypeChoice::One(one)) => members.push((one, share * weight)),
                Some(TypeChoice::Drawn(inner)) => {
                    let within: f64 = self.distributions[inner].members.iter().map(|member| member.1).sum();
                    if total > 0.0 && within > 0.0 {
                        self.flatten(inner, share * weight / within, path, members)?;
                    }
                }
                None => return Err(format!("the vehicle type {name} is not known")),
            }
        }
        path.pop();
        Ok(())
    }
}

/// The weights of `n` members by the attribute `probabilities`; 1 each where it says nothing.
pub(super) fn weights(context: &mut Context, element: &Element, n: usize) -> Vec<f64> {
    let Some(text) = element.get("probabilities") else { return vec![1.0; n] };
    let parsed: Option<Vec<f64>> =
        text.split_whitespace().map(|word| word.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0)).collect();
    match parsed {
        Some(weights) if weights.len() == n => weights,
        Some(_) => {
            context.wrong(
                element,
                "probabilities",
                "the probabilities do not match the members",
                &format!("{n} numbers"),
            );
            vec![1.0; n]
        }
        None => {
            context.wrong(element, "probabilities", "these are not probabilities", "numbers of at least 0");
            vec![1.0; n]
        }
    }
}

fn read(context: &mut Context, element: &Element, usual_deviation: Option<f64>) -> VehicleType {
    let class = match element.get("vClass") {
        None => VehicleClass::Car,
        Some(word) => raw::class(word).unwrap_or_else(|| {
            let names: Vec<&str> = VehicleClass::ALL.iter().map(|class| class.sumo_name()).collect();
            context.wrong(element, "vClass", "this vehicle class is not known", &names.join(", "));
            VehicleClass::Car
        }),
    };
    let mut made = VehicleType::sumo_default(class);
    if let Some(deviation) = usual_deviation {
        made.speed_factor.deviation = deviation;
    }
    let mut sigma = match made.car_following {
        CarFollowing::Krauss { sigma } => sigma,
        CarFollowing::Idm { .. } => 0.5,
    };
    let mut delta = 4.0;
    for (field, _) in &element.attributes {
        let mut positive = |place: &mut f64| set(context, element, field, Range::Positive, place);
        match field.as_str() {
            "length" => positive(&mut made.length_m),
            "width" => positive(&mut made.width_m),
            "maxSpeed" => positive(&mut made.max_speed_mps),
            "desiredMaxSpeed" => positive(&mut made.desired_max_speed_mps),
            "accel" => positive(&mut made.accel_mps2),
            "decel" => positive(&mut made.decel_mps2),
            "tau" => positive(&mut made.tau_s),
            "maxSpeedLat" => positive(&mut made.lateral.max_speed_mps),
            "delta" => positive(&mut delta),
            "minGap" => set(context, element, field, Range::NotNegative, &mut made.min_gap_m),
            "minGapLat" => set(context, element, field, Range::NotNegative, &mut made.lateral.min_gap_m),
            "sigma" => set(context, element, field, Range::Share, &mut sigma),
            "impatience" if element.get(field) == Some("off") => made.impatience = 0.0,
            "impatience" => set(context, element, field, Range::Any, &mut made.impatience),
            "speedFactor" => speed_factor(context, element, &mut made.speed_factor),
            "latAlignment" => made.lateral.alignment = alignment(context, element),
            "speedDev" | "emergencyDecel" | "apparentDecel" | "carFollowModel" => {}
            name if name.starts_with("lc") || name.starts_with("jm") => {
                model_parameter(context, element, field, &mut made)
            }
            name if SILENT.contains(&name) => {}
            name => context.notice(format!("the vType attribute {name} is not supported and has no effect")),
        }
    }
    set(context, element, "speedDev", Range::NotNegative, &mut made.speed_factor.deviation);
    if element.has("maxSpeedLat") && !element.has("lcMaxSpeedLatStanding") {
        made.lane_change.max_speed_lateral_standing_mps = made.lateral.max_speed_mps;
    }
    made.emergency_decel_mps2 = made.emergency_decel_mps2.max(made.decel_mps2);
    made.apparent_decel_mps2 = made.decel_mps2;
    set(context, element, "emergencyDecel", Range::Positive, &mut made.emergency_decel_mps2);
    set(context, element, "apparentDecel", Range::Positive, &mut made.apparent_decel_mps2);
    made.car_following = match element.get("carFollowModel") {
        None | Some("Krauss" | "krauss") => CarFollowing::Krauss { sigma },
        Some("IDM") => CarFollowing::Idm { delta, gap_opens: false },
        Some(other) => {
            context.notice(format!("the car-following model {other} is not supported; Krauss is used"));
            CarFollowing::Krauss { sigma }
        }
    };
    made.lateral.keeps_lane = !class.is_two_wheeler() && made.lateral.alignment != Alignment::Arbitrary;
    made
}

fn set(context: &mut Context, element: &Element, field: &str, range: Range, place: &mut f64) {
    if let Some(value) = context.number(element, field, range) {
        *place = value;
    }
}

/// `1.1`, `norm(1, 0.1)`, `normc(1, 0.1, 0.2, 2)`.
fn speed_factor(context: &mut Context, element: &Element, shape: &mut CutNormal) {
    let text = element.get("speedFactor").unwrap_or_default().trim();
    let (name, inner) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.trim_end_matches(')')),
        None => ("", text),
    };
    let numbers: Option<Vec<f64>> =
        inner.split(',').map(|number| number.trim().parse().ok().filter(|x: &f64| x.is_finite())).collect();
    let found = match (name, numbers.as_deref()) {
        ("", Some(&[mean])) => Some(CutNormal { mean, ..*shape }),
        ("norm", Some(&[mean, deviation])) => Some(CutNormal { mean, deviation, min: 0.2, max: f64::MAX }),
        ("normc", Some(&[mean, deviation])) => Some(CutNormal { mean, deviation, ..*shape }),
        ("normc", Some(&[mean, deviation, min, max])) => Some(CutNormal { mean, deviation, min, max }),
        _ => None,
    };
    match found.filter(|shape| shape.mean > 0.0 && shape.deviation >= 0.0 && shape.min <= shape.max) {
        Some(found) => *shape = found,
        None => {
            let allowed = "a number above 0, norm(mean, deviation) or normc(mean, deviation, min, max)";
            context.wrong(element, "speedFactor", "this is not a speed factor", allowed);
        }
    }
}

fn alignment(context: &mut Context, element: &Element) -> Alignment {
    match element.get("latAlignment").unwrap_or_default() {
        "center" => Alignment::Center,
        "right" => Alignment::Kerb,
        "left" => Alignment::Median,
        "arbitrary" => Alignment::Arbitrary,
        "compact" => Alignment::Compact,
        "nice" => Alignment::Nice,
        number => match number.parse::<f64>().ok().filter(|x| x.is_finite()) {
            Some(offset_m) => Alignment::Offset(offset_m),
            None => {
                let allowed = "center, left, right, arbitrary, compact, nice or a number in metres";
                context.wrong(element, "latAlignment", "this lateral alignment is not known", allowed);
                Alignment::Center
            }
        },
    }
}

/// Parameters of the lane-change and junction models.
fn model_parameter(context: &mut Context, element: &Element, field: &str, made: &mut VehicleType) {
    let (change, junction) = (&mut made.lane_change, &mut made.junction);
    let place = match field {
        "lcStrategic" => &mut change.strategic,
        "lcCooperative" => &mut change.cooperative,
        "lcSpeedGain" => &mut change.speed_gain,
        "lcKeepRight" => &mut change.keep_right,
        "lcAssertive" => &mut change.assertive,
        "lcPushy" => return set(context, element, field, Range::Share, &mut made.lateral.pushy),
        "lcLookaheadLeft" | "lcLookAheadLeft" => &mut change.look_ahead_left,
        "lcOvertakeRight" => &mut change.overtake_right,
        "lcSpeedGainRight" => &mut change.speed_gain_right,
        "lcSpeedGainLookahead" => &mut change.speed_gain_look_ahead_s,
        "lcMaxSpeedLatStanding" => &mut change.max_speed_lateral_standing_mps,
        "jmTimegapMinor" => &mut junction.time_gap_minor_s,
        "jmIgnoreFoeProb" => &mut junction.ignore_foe_probability,
        "jmDriveAfterRedTime" => &mut junction.drive_after_red_s,
        "jmDriveAfterYellowTime" => &mut junction.drive_after_yellow_s,
        "jmStoplineGap" => &mut junction.stop_line_gap_m,
        "jmSigmaMinor" => &mut junction.sigma_minor,
        _ => {
            context.notice(format!("the vType attribute {field} is not supported and has no effect"));
            return;
        }
    };
    set(context, element, field, Range::Any, place);
}
