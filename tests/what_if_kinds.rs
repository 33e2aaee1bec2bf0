//! What-if changes of demand, vehicles, prices and lamps, written as settings: who is not concerned stays who he is, and
//! mistakes name what is near.

use std::collections::BTreeMap;

use scenarios::loaded::Loaded;
use scenarios::read::folder::{read_shipped, read_source_set};
use scenarios::read::setting::Setting;
use scenarios::read::source::Source;
use scenarios::read::what_if;

fn settings(texts: &[&str]) -> Vec<Setting> {
    texts.iter().map(|text| text.parse().expect("a setting")).collect()
}

fn with(base: &Loaded, texts: &[&str]) -> Result<Loaded, String> {
    let mut loaded = base.clone();
    let source = Source::shipped().expect("the library");
    what_if::apply_set(&mut loaded, source, None, &settings(texts)).map_err(|problems| problems.to_string())?;
    Ok(loaded)
}

/// Departure in milliseconds and class of every trip, by its name.
fn trips(loaded: &Loaded) -> BTreeMap<String, (i64, &'static str)> {
    let built = scenarios::demand::build_loaded(loaded, 1).expect("a demand");
    let class = |index: usize| {
        let trip = &built.demand.trips[index];
        (trip.depart.0, built.demand.types[trip.vehicle_type].class.name())
    };
    built.trip_names.iter().enumerate().map(|(index, name)| (name.clone(), class(index))).collect()
}

const FROM_MS: i64 = 17 * 3_600_000;
const UNTIL_MS: i64 = FROM_MS + 900_000;

#[test]
fn a_demand_for_some_time_leaves_all_other_trips_as_they_are() {
    let base = read_shipped().expect("the shipped scenario");
    let times = ["changes[0].from=17:00", "changes[0].until=17:15"];
    let fewer = with(&base, &[times[0], times[1], "changes[0].demand.scale=0.5"]).expect("a variant");
    let (all, some) = (trips(&base), trips(&fewer));
    let is_within = |(depart_ms, _): &(i64, &str)| (FROM_MS..UNTIL_MS).contains(depart_ms);
    assert!(some.iter().all(|(name, trip)| all.get(name) == Some(trip)));
    assert!(all.iter().filter(|(_, trip)| !is_within(trip)).all(|(name, _)| some.contains_key(name)));
    let n_within = |trips: &BTreeMap<_, _>| trips.values().filter(|trip| is_within(trip)).count() as f64;
    let share = n_within(&some) / n_within(&all);
    assert!((share - 0.5).abs() < 0.03, "{share}");
    // A part of the day is drawn as the whole day would be.
    let whole = trips(&with(&base, &["changes[0].demand.scale=0.5"]).expect("a variant"));
    assert!(some.iter().filter(|(_, trip)| is_within(trip)).all(|(name, _)| whole.contains_key(name)));
    assert!(whole.len() < some.len());
    // On another day of the week nothing happens: the scenario plays on a Thursday.
    let other_day = with(&base, &["changes[0].days=sat", "changes[0].demand.scale=0.5"]).expect("a variant");
    assert_eq!(trips(&other_day), all);
}

#[test]
fn another_mix_has_its_shares_and_changes_no_more_vehicles_than_it_must() {
    let base = read_shipped().expect("the shipped scenario");
    let changed = with(&base, &["changes[0].mix.shares.motorcycle=0.6"]).expect("a variant");
    let (before, after) = (trips(&base), trips(&changed));
    assert!(before.keys().eq(after.keys()));
    let drawn: Vec<(&str, &str)> =
        before.iter().filter(|(_, trip)| trip.1 != "bus").map(|(name, trip)| (trip.1, after[name].1)).collect();
    let share =
        |is: &dyn Fn(&(&str, &str)) -> bool| drawn.iter().filter(|pair| is(pair)).count() as f64 / drawn.len() as f64;
    let motorcycles = share(&|pair| pair.1 == "motorcycle");
    assert!((motorcycles - 0.6).abs() < 0.01, "{motorcycles}");
    // Nobody becomes a motorcyclist, since there are fewer.
    assert!(drawn.iter().all(|(before, after)| *before == "motorcycle" || *after != "motorcycle"));
    let cars_over_taxis = |of: usize| {
        let n = |class: &str| drawn.iter().filter(|pair| [pair.0, pair.1][of] == class).count() as f64;
        n("car") / n("taxi")
    };
    assert!((cars_over_taxis(1) / cars_over_taxis(0) - 1.0).abs() < 0.15, "the others keep their proportions");
}

#[test]
fn prices_meters_and_lamps_change() {
    let base = read_shipped().expect("the shipped scenario");
    let tariffs = ["changes[0].from=17:30", "changes[0].tariff.tariff=public-lighting", "changes[0].tariff.factor=1.5"];
    let dearer = with(&base, &tariffs).expect("a variant");
    let at = base.power.tariffs.iter().position(|tariff| tariff.id == "public-lighting").expect("the tariff");
    let price = |loaded: &Loaded, s: i64| loaded.power.grid.prices[at].at(s * 1000);
    assert_eq!(price(&dearer, 63_000), 1.5 * price(&base, 63_000));
    assert_eq!(price(&dearer, 62_999), price(&base, 62_999));

    let moved = with(&base, &["changes[0].tariff.tariff=business", "changes[0].tariff.meters=[\"cot-tt\"]"]);
    let meter = |loaded: &Loaded| loaded.power.meters.iter().flatten().find(|meter| meter.id == "cot-tt").cloned();
    let tariff = meter(&moved.expect("a variant")).and_then(|meter| meter.tariff).expect("a tariff");
    assert_eq!(base.power.tariffs[tariff].id, "business");

    let invested = with(&base, &["changes[0].investment.id=led-170"]).expect("a variant");
    let kinds = |loaded: &Loaded| {
        let plan = loaded.lighting.as_ref().expect("lighting");
        plan.poles.iter().map(|pole| plan.types.names[pole.kind].clone()).collect::<Vec<_>>()
    };
    for (before, after) in kinds(&base).iter().zip(kinds(&invested)) {
        assert_eq!(after, if before == "LED-50" { "LED-50-170" } else { before });
    }
    assert!(kinds(&invested).iter().any(|kind| kind == "LED-50-170"));
}

#[test]
fn settings_of_the_scenario_are_those_of_its_file() {
    let source = || Source::shipped().expect("the library");
    let loaded = read_source_set(source(), &settings(&["traffic.scale=0.5", "clock.end=17:30"])).expect("a scenario");
    assert_eq!(loaded.demand.scale, 0.5);
    assert_eq!(loaded.run.end.map(|end| end.0), Some(63_000_000));
    assert!(loaded.inputs.iter().any(|input| input.name == "--set traffic.scale"));
    let told = read_source_set(source(), &settings(&["clock.end=10:00"])).expect_err("a mistake").to_string();
    assert!(told.contains("--set") && told.contains("clock.end is not after clock.begin"), "{told}");
}

#[test]
fn mistakes_of_settings_come_all_together() {
    let base = read_shipped().expect("the shipped scenario");
    let told = with(
        &base,
        &[
            "changes[0].mix.shares.motorcycel=0.6",
            "changes[1].tariff.tariff=busines",
            "changes[1].tariff.factor=2",
            "changes[2].investment.id=led",
            "changes[3].from=17:00",
            "changes[3].until=18:00",
            "changes[3].demand.scale=0.8",
            "changes[4].from=17:30",
            "changes[4].demand.scale=0.9",
            "changes[5].demand.scale=11",
        ],
    )
    .expect_err("mistakes");
    let expected = [
        "--set: changes[0].mix.shares = \"motorcycel\": there is no such vehicle type\n  hint: did you mean \"motorcycle\"?",
        "did you mean \"business\"?",
        "changes[2].investment.id",
        "changes[4] = \"the demand\": gives the demand another value than changes[3] at the same time",
        "changes[5].demand.scale = \"11\": is out of range; allowed: 0 to 10",
    ];
    for words in expected {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
    let told = with(&base, &["changes[0].closure.linkz=[\"a\"]"]).expect_err("a mistake");
    assert!(told.contains("did you mean \"links\"?"), "{told}");
}
