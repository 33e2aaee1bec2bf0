//! Loads and their profiles.

use std::collections::BTreeMap;

use sim_core::ids::{Id, LinkId, LoadId, LuminaireId, SignalId};
use sim_core::power::battery::Charger;
use sim_core::power::load_model::{Law, Limits, LoadModel, Zip};
use sim_core::power::parts::{Connection, LoadPart};
use sim_core::power::system::{Profile, Role};
use sim_core::units::VehicleClass;

use super::Around;
use super::feeders::{Tables, connections_of, phases_of};
use super::lamps::{Group, Lamps};
use crate::lighting::sun::Sun;
use crate::power::circuit::Origin;
use crate::power::solar::{self, Modules};
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

/// What was read.
pub(super) struct Loads {
    /// Roles of loads, by feeder.
    pub(super) roles: Vec<Roles>,
    /// Charging places.
    pub(super) chargers: Vec<Charger>,
    /// Luminaires by load.
    pub(super) lamps: Vec<Vec<LuminaireId>>,
}

/// Reads the loads into the feeders; gives their roles by feeder, and the charging places. Photovoltaics add profiles.
pub(super) fn read(
    files: &mut Files,
    tables: &mut Tables,
    profiles: &mut Profiles,
    around: Around<'_>,
    report: &mut Report,
) -> Loads {
    let roles = vec![Roles::default(); tables.feeders.len()];
    let mut found = Loads { roles, chargers: Vec::new(), lamps: Vec::new() };
    let mut lamps = Lamps::new(around);
    for row in Records::optional(files, "", &LOADS, report).rows() {
        let is_lamps = row.word("kind").as_deref() == Some("lamps");
        if !is_lamps && row.get("power_w").is_none() {
            report.problem(row.problem("power_w", "is empty").allowed("a power; only lamps know theirs"));
        }
        let role = if is_lamps { None } else { role(row, profiles, around, &mut found.chargers, report) };
        let place = tables.feeders.iter().position(|draft| draft.id == row.text("feeder_id"));
        let Some(draft) = tables.feeder(row, report) else { continue };
        let (node, phases) = (draft.node(row, "node_id", report), phases_of(row, report));
        let groups = phases.filter(|_| is_lamps).and_then(|phases| lamps.take(row, phases, report));
        let (Some(node), Some(phases), Some(place)) = (node, phases, place) else { continue };
        let is_delta = row.word("connection").as_deref() == Some("delta");
        let star_v = draft.base_v(node);
        let base_v = if is_delta { star_v * 3f64.sqrt() } else { star_v };
        let id = row.text("load_id");
        let known = |name: &str| name == id || name.strip_prefix(id).is_some_and(|rest| rest.starts_with('/'));
        if draft.loads.iter().any(|(_, name, _)| known(name)) {
            report.problem(row.problem("load_id", "is there twice in its feeder"));
        }
        let mut add = |part: LoadPart, name: String, role: Role| {
            let (file, line) = row.origin();
            draft.loads.push((part, name, Origin { file, line }));
            found.roles[place].roles.push(role);
            found.roles[place].meters.push(row.get("meter_id").map(str::to_owned));
        };
        for group in groups.into_iter().flatten() {
            if is_delta {
                report.problem(row.problem("connection", "lamps hang between a line phase and the neutral"));
                break;
            }
            let name = format!("{id}/{}", group_name(&group));
            let role = Role::Lamps(found.lamps.len() as u32);
            add(lamp_part(row, node, base_v, &group), name, role);
            found.lamps.push(group.lamps);
        }
        let (Some(role), Some(connections)) = (role, connections_of(row, phases, is_delta, report)) else { continue };
        let model = LoadModel { base_v, law: law(row, report), limits: limits(row) };
        let sign = if row.word("kind").as_deref() == Some("pv") { -1.0 } else { 1.0 };
        let power_w = sign * row.number("power_w").unwrap_or(0.0);
        let part = LoadPart { node, connections, model, power_w, reactive_var: power_w * tangent(row, report) };
        add(part, id.to_owned(), role);
    }
    if around.lighting.is_some() {
        lamps.finish(report);
    }
    found
}

/// Its line phases, such as `12`; `12z` for lamps that are impedances.
fn group_name(group: &Group) -> String {
    let phases: String = group.phases.iter().map(|phase| (phase + 1).to_string()).collect();
    if group.follows_voltage { format!("{phases}z") } else { phases }
}

/// Below this voltage a driver no longer draws constant power, whether it has cut out by then or not.
const LAMPS_MIN_PU: f64 = 0.7;

fn lamp_part(row: Row<'_>, node: sim_core::ids::ElectricalNodeId, base_v: f64, group: &Group) -> LoadPart {
    let law = if group.follows_voltage { Law::Impedance } else { Law::Power };
    let by_default = Limits { min_pu: LAMPS_MIN_PU, max_pu: f64::INFINITY, low_pu: 0.0 };
    LoadPart {
        node,
        connections: group.phases.iter().map(|phase| Connection::Phase(phase as u8)).collect(),
        model: LoadModel { base_v, law, limits: limits(row).or(Some(by_default)) },
        power_w: group.power_w,
        reactive_var: group.reactive_var,
    }
}

fn limits(row: Row<'_>) -> Option<Limits> {
    (row.get("min_pu").is_some() || row.get("max_pu").is_some()).then(|| Limits {
        min_pu: row.number("min_pu").unwrap_or(0.0),
        max_pu: row.number("max_pu").unwrap_or(f64::INFINITY),
        low_pu: 0.0,
    })
}

fn law(row: Row<'_>, report: &mut Report) -> Law {
    match row.word("model").as_deref() {
        Some("current") => Law::Current,
        Some("impedance") => Law::Impedance,
        Some("zip") => mixed(row, report),
        _ => Law::Power,
    }
}

/// A mixture of impedance, current and power.
fn mixed(row: Row<'_>, report: &mut Report) -> Law {
    let active = shares(row, "zip_active", report);
    let reactive = if row.get("zip_reactive").is_some() { shares(row, "zip_reactive", report) } else { active };
    Law::Mixed { active, reactive, drops_out_pu: 0.0 }
}

/// Three shares that add up to 1.
fn shares(row: Row<'_>, column: &str, report: &mut Report) -> Zip {
    let numbers: Vec<f64> = row.text(column).split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let n_words = row.text(column).split_whitespace().count();
    match *numbers.as_slice() {
        [impedance, current, power] if n_words == 3 && (impedance + current + power - 1.0).abs() < 1e-6 => {
            Zip { impedance, current, power }
        }
        _ => {
            let allowed = "three shares that add up to 1: of impedance, current and power, such as 0.4 0.3 0.3";
            report.problem(row.problem(column, "is not legal").allowed(allowed));
            Zip { impedance: 0.0, current: 0.0, power: 1.0 }
        }
    }
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
    profiles: &mut Profiles,
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
        "pv" => photovoltaics(row, profiles, around, report),
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

/// Photovoltaics as a profile over the days of the run.
fn photovoltaics(row: Row<'_>, profiles: &mut Profiles, around: Around<'_>, report: &mut Report) -> Option<Role> {
    let place = around.place;
    let date = place.date.as_deref().and_then(|date| date.parse().ok());
    let zone = place.time_zone.as_deref().unwrap_or("UTC");
    let sun = match (place.latitude, place.longitude, date) {
        (Some(latitude), Some(longitude), Some(date)) => Sun::new(latitude, longitude, zone, date),
        _ => None,
    };
    if row.number("power_w").is_some_and(|power_w| power_w <= 0.0) {
        report.problem(row.problem("power_w", "is no peak power").allowed("above 0"));
    }
    let Some(sun) = sun else {
        let problem = row.problem("kind", "photovoltaics need to know where and when");
        report.problem(
            problem.hint("give place.latitude, place.longitude, place.time_zone and clock.date in scenario.toml"),
        );
        return None;
    };
    let modules = Modules {
        tilt_deg: row.number("tilt_deg").unwrap_or(10.0),
        azimuth_deg: row.number("azimuth_deg").unwrap_or(180.0),
        performance_ratio: row.number("performance_ratio").unwrap_or(0.8),
    };
    let (begin_s, end_s) = around.window_s;
    let from_day = (begin_s / 86_400.0).floor() as i64;
    let to_day = ((end_s / 86_400.0).ceil() as i64).clamp(from_day + 1, from_day + 400);
    profiles.profiles.push(solar::profile(&modules, &sun, (from_day, to_day), around.cloud_share));
    Some(Role::Profile(profiles.profiles.len() as u32 - 1))
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
