//! Loads and their profiles.

use std::collections::BTreeMap;

use sim_core::ids::{Id, LinkId, LoadId, SignalId};
use sim_core::power::battery::Charger;
use sim_core::power::load_model::{Law, Limits, LoadModel};
use sim_core::power::parts::LoadPart;
use sim_core::power::system::{Profile, Role};
use sim_core::units::VehicleClass;

use super::Around;
use super::feeders::{Tables, connections_of, phases_of};
use crate::power::circuit::Origin;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row, nearest};
use crate::schema::power_tables::{LOAD_PROFILES, LOADS};

/// Profiles by id.
pub(super) struct Profiles {
    pub(super) profiles: Vec<Profile>,
    places: BTreeMap<String, u32>,
}

/// The roles of a feeder's loads, and which of them name a meter.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    pub(super) roles: Vec<Role>,
    meters: Vec<Option<String>>,
}

impl Roles {
    pub(super) fn loads_of_meter(&self, meter: &str) -> Vec<LoadId> {
        let named = self.meters.iter().enumerate().filter(|(_, name)| name.as_deref() == Some(meter));
        named.map(|(index, _)| LoadId::from_index(index)).collect()
    }
}

/// A minute.
const MINUTE_MS: i64 = 60_000;
const MINUTES_PER_DAY: usize = 1440;

pub(super) fn profiles(files: &mut Files, report: &mut Report) -> Profiles {
    let records = Records::optional(files, "", &LOAD_PROFILES, report);
    let mut rows: BTreeMap<String, Vec<(usize, f64, f64, Row<'_>)>> = BTreeMap::new();
    for row in records.rows() {
        let (Some(from_s), Some(factor)) = (row.instant_s("from"), row.number("factor")) else { continue };
        let minute = (from_s / 60.0).floor();
        if !(0.0..MINUTES_PER_DAY as f64).contains(&minute) {
            report.problem(row.problem("from", "is not within a day").allowed("0:00 to 23:59"));
            continue;
        }
        let reactive = row.number("reactive_factor").unwrap_or(factor);
        rows.entry(row.text("profile_id").to_owned()).or_default().push((minute as usize, factor, reactive, row));
    }
    let mut all = Profiles { profiles: Vec::new(), places: BTreeMap::new() };
    for (id, mut steps) in rows {
        steps.sort_by_key(|(minute, ..)| *minute);
        if steps[0].0 != 0 {
            let row = steps[0].3;
            report.problem(row.problem("from", "the profile says nothing before").allowed("a row at 0:00"));
        }
        let at = |minute: usize| {
            let after = steps.partition_point(|(from, ..)| *from <= minute);
            &steps[after.saturating_sub(1)]
        };
        all.places.insert(id, all.profiles.len() as u32);
        all.profiles.push(Profile {
            begin_ms: 0,
            interval_ms: MINUTE_MS,
            active: (0..MINUTES_PER_DAY).map(|minute| at(minute).1).collect(),
            reactive: (0..MINUTES_PER_DAY).map(|minute| at(minute).2).collect(),
        });
    }
    all
}

/// Reads the loads into the feeders; gives their roles by feeder, and the charging places.
pub(super) fn read(
    files: &mut Files,
    tables: &mut Tables,
    profiles: &Profiles,
    around: Around<'_>,
    report: &mut Report,
) -> (Vec<Roles>, Vec<Charger>) {
    let mut roles = vec![Roles::default(); tables.feeders.len()];
    let mut chargers = Vec::new();
    for row in Records::optional(files, "", &LOADS, report).rows() {
        let role = role(row, profiles, around, &mut chargers, report);
        let id = row.text("feeder_id").to_owned();
        let Some(draft) = tables.feeder(row, report) else { continue };
        let (node, phases) = (draft.node(row, "node_id", report), phases_of(row, report));
        let (Some(node), Some(phases), Some(role)) = (node, phases, role) else { continue };
        let is_delta = row.word("connection").as_deref() == Some("delta");
        let Some(connections) = connections_of(row, phases, is_delta, report) else { continue };
        let star_v = draft.base_v(node);
        let power_w = row.number("power_w").unwrap_or(0.0);
        let tangent = tangent(row, report);
        let limits = (row.get("min_pu").is_some() || row.get("max_pu").is_some()).then(|| Limits {
            min_pu: row.number("min_pu").unwrap_or(0.0),
            max_pu: row.number("max_pu").unwrap_or(f64::INFINITY),
            low_pu: 0.0,
        });
        let law = match row.word("model").as_deref() {
            Some("current") => Law::Current,
            Some("impedance") => Law::Impedance,
            _ => Law::Power,
        };
        let base_v = if is_delta { star_v * 3f64.sqrt() } else { star_v };
        let part = LoadPart {
            node,
            connections,
            model: LoadModel { base_v, law, limits },
            power_w,
            reactive_var: power_w * tangent,
        };
        let (file, line) = row.origin();
        if draft.loads.iter().any(|(_, name, _)| name == row.text("load_id")) {
            report.problem(row.problem("load_id", "is there twice in its feeder"));
        }
        draft.loads.push((part, row.text("load_id").to_owned(), Origin { file, line }));
        if let Some(place) = tables.feeders.iter().position(|draft| draft.id == id) {
            roles[place].roles.push(role);
            roles[place].meters.push(row.get("meter_id").map(str::to_owned));
        }
    }
    (roles, chargers)
}

/// Reactive over active power.
fn tangent(row: Row<'_>, report: &mut Report) -> f64 {
    let factor = row.number("power_factor").unwrap_or(1.0);
    if factor == 0.0 {
        report.problem(row.problem("power_factor", "is not legal").allowed("-1 to 1, not 0"));
        return 0.0;
    }
    (1.0 / (factor * factor) - 1.0).sqrt() * factor.signum()
}

fn role(
    row: Row<'_>,
    profiles: &Profiles,
    around: Around<'_>,
    chargers: &mut Vec<Charger>,
    report: &mut Report,
) -> Option<Role> {
    match row.word("kind").as_deref()? {
        "constant" => Some(Role::Constant),
        "profile" => {
            let found = profiles.places.get(row.text("profile_id")).copied();
            if found.is_none() {
                report.problem(row.problem("profile_id", "there is no such profile in load_profiles.csv"));
            }
            found.map(Role::Profile)
        }
        "signal" => {
            let place = named(row, "signal_id", "signal", around.signals, report)?;
            let lamp = |name: &str, default: f64| row.number(name).unwrap_or(default);
            let lamp_w = [lamp("lamp_red_w", 10.0), lamp("lamp_yellow_w", 12.0), lamp("lamp_green_w", 10.0)];
            let reactive_share = tangent(row, report);
            Some(Role::Signal { signal: SignalId::from_index(place), lamp_w, reactive_share })
        }
        "charger" => {
            let place = named(row, "link_id", "link", around.links, report)?;
            let is_for_buses = row.word("charges").as_deref() == Some("bus");
            let power_w = row.number("power_w")?;
            if power_w <= 0.0 {
                report.problem(row.problem("power_w", "a plug needs a power").allowed("above 0"));
                return None;
            }
            let charger = chargers.len() as u32;
            chargers.push(Charger {
                link: LinkId::from_index(place),
                class: if is_for_buses { VehicleClass::Bus } else { VehicleClass::Motorcycle },
                plugs: row.integer("plugs").map_or(1, |plugs| plugs as u32),
                power_w,
                efficiency: row.number("efficiency").unwrap_or(0.9),
                used_before_j: row.number("used_before_kwh").unwrap_or(0.0) * 3.6e6,
            });
            Some(Role::Charger { charger, reactive_share: tangent(row, report) })
        }
        _ => None,
    }
}

/// The place of the id that a cell names.
fn named(row: Row<'_>, column: &str, what: &str, known: &[String], report: &mut Report) -> Option<usize> {
    let id = row.text(column);
    let found = known.iter().position(|name| name == id);
    if found.is_none() {
        let problem = row.problem(column, format!("there is no such {what}"));
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        report.problem(match nearest(id, &all) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None => problem,
        });
    }
    found
}
