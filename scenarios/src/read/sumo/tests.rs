//! Small inputs, right and wrong, written into temporary folders.

use std::fs;

use sim_core::engine::params::LateralPolicy;
use sim_core::network::parts::{Control, LinkKind, Turn};
use sim_core::traffic::demand::{DepartLane, DepartSpeed};
use sim_core::traffic::types::{Alignment, CarFollowing};
use sim_core::units::{SimTime, VehicleClass};

use super::read_sumocfg;
use crate::demand::{BuiltDemand, build_loaded};
use crate::demand::{Departures, Journey, TypeChoice};
use crate::error::Problems;
use crate::loaded::Loaded;

/// A crossing with a signal: from the west straight on to the east and left to the north; from the east to the west.
const NET: &str = r#"<net version="1.20">
  <location netOffset="-500000.00,0.00" convBoundary="0.00,0.00,0.00,0.00" projParameter="+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs"/>
  <edge id=":C_0" function="internal"><lane id=":C_0_0" index="0" speed="13.9" length="14.0" shape="93,-2 107,-2"/></edge>
  <edge id=":C_1" function="internal"><lane id=":C_1_0" index="0" speed="8.0" length="5.0" shape="93,-2 97,-1"/></edge>
  <edge id=":C_3" function="internal"><lane id=":C_3_0" index="0" speed="8.0" length="9.0" shape="97,-1 102,7"/></edge>
  <edge id=":C_2" function="internal"><lane id=":C_2_0" index="0" speed="13.9" length="14.0" shape="107,2 93,2"/></edge>
  <edge id="WC" from="W" to="C" priority="2" name="High Street"><lane id="WC_0" index="0" speed="13.9" length="93" shape="0,-2 93,-2"/></edge>
  <edge id="CE" from="C" to="E" priority="2" name="High Street"><lane id="CE_0" index="0" speed="13.9" length="93" shape="107,-2 200,-2"/></edge>
  <edge id="EC" from="E" to="C" priority="2" name="High Street"><lane id="EC_0" index="0" speed="13.9" length="93" shape="200,2 107,2"/></edge>
  <edge id="CW" from="C" to="W" priority="2"><lane id="CW_0" index="0" speed="13.9" length="93" shape="93,2 0,2"/></edge>
  <edge id="CN" from="C" to="N" priority="1" name="North Road"><lane id="CN_0" index="0" speed="13.9" length="93" shape="102,7 102,100" allow="bus bicycle"/><lane id="CN_1" index="1" speed="13.9" length="93" shape="99,7 99,100" disallow="pedestrian" changeLeft="bus"/></edge>
  <tlLogic id="S" type="static" programID="0" offset="5"><phase duration="30" state="Ggr"/><phase duration="3" state="yyr"/><phase duration="27" state="rrG"/></tlLogic>
  <junction id="W" type="dead_end" x="0" y="0" incLanes="CW_0" intLanes=""/>
  <junction id="E" type="dead_end" x="200" y="0" incLanes="CE_0" intLanes=""/>
  <junction id="N" type="dead_end" x="100" y="100" incLanes="CN_0 CN_1" intLanes=""/>
  <junction id="C" type="traffic_light" x="100" y="0" incLanes="WC_0 EC_0" intLanes=":C_0_0 :C_3_0 :C_2_0">
    <request index="0" response="000" foes="000" cont="0"/>
    <request index="1" response="100" foes="100" cont="1"/>
    <request index="2" response="000" foes="010" cont="0"/>
  </junction>
  <junction id=":C_3_0" type="internal" x="97" y="-1" incLanes=":C_1_0 EC_0" intLanes=":C_2_0"/>
  <connection from="WC" to="CE" fromLane="0" toLane="0" via=":C_0_0" tl="S" linkIndex="0" dir="s" state="O"/>
  <connection from="WC" to="CN" fromLane="0" toLane="1" via=":C_1_0" tl="S" linkIndex="1" dir="l" state="o" keepClear="0"/>
  <connection from="EC" to="CW" fromLane="0" toLane="0" via=":C_2_0" tl="S" linkIndex="2" dir="s" state="O"/>
  <connection from=":C_0" to="CE" fromLane="0" toLane="0" dir="s" state="M"/>
  <connection from=":C_1" to="CN" fromLane="0" toLane="1" via=":C_3_0" dir="l" state="m"/>
  <connection from=":C_3" to="CN" fromLane="0" toLane="1" dir="l" state="M"/>
  <connection from=":C_2" to="CW" fromLane="0" toLane="0" dir="s" state="M"/>
</net>
"#;

/// Writes a scenario and reads it. `options` goes into the configuration beside the files.
fn read(net: &str, routes: &str, options: &str) -> Result<Loaded, Problems> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.net.xml"), net).unwrap();
    fs::write(folder.path().join("a.rou.xml"), routes).unwrap();
    let text = format!(
        "<configuration>\n<input>\n<net-file value=\"a.net.xml\"/>\n<route-files value=\"a.rou.xml\"/>\n</input>\n{options}\n</configuration>"
    );
    fs::write(folder.path().join("run.sumocfg"), text).unwrap();
    read_sumocfg(&folder.path().join("run.sumocfg"))
}

fn read_routes(routes: &str) -> Result<Loaded, Problems> {
    read(NET, &format!("<routes>\n{routes}\n</routes>"), "")
}

fn built(loaded: &Loaded, seed: u64) -> BuiltDemand {
    build_loaded(loaded, seed).unwrap()
}

/// The only problem, as (line, field, value, message).
fn only(outcome: Result<Loaded, Problems>) -> (usize, String, String, String) {
    let problems = outcome.expect_err("a problem");
    assert_eq!(problems.list.len(), 1, "{problems}");
    let problem = problems.list[0].clone();
    (problem.line.unwrap_or(0), problem.field.unwrap_or_default(), problem.value.unwrap_or_default(), problem.message)
}

#[test]
fn a_network_becomes_links_connectors_and_conflicts() {
    let loaded = read_routes("").unwrap();
    let parts = &loaded.parts;
    assert_eq!(parts.links.iter().filter(|link| link.kind == LinkKind::Road).count(), 5);
    assert_eq!((parts.connectors.len(), parts.n_signals), (7, 1));
    let left = &parts.connectors[1];
    assert_eq!((left.turn, left.control, left.request_index), (Turn::Left, Control::Signal, Some(1)));
    assert!(left.waits_inside && !left.keep_clear && parts.connectors[0].keep_clear);
    assert_eq!(left.signal.map(|(_, index)| index), Some(1));
    // The chain: into :C_1, on to :C_3, out to CN.
    assert_eq!(parts.connectors[4].from, left.to);
    assert_eq!(parts.connectors[5].from, parts.connectors[4].to);
    assert!([1, 4, 5].iter().all(|&n| parts.connectors[n].leads_to == left.leads_to));
    let conflicts: Vec<_> = parts.conflicts.iter().map(|part| (part.of, part.foe, part.yields)).collect();
    assert_eq!(conflicts, [(1, 2, true), (2, 1, false), (2, 4, false), (4, 2, true)]);
    let north = &parts.links[8];
    assert!(!north.lanes[0].allowed.allows(VehicleClass::Car) && north.lanes[1].allowed.allows(VehicleClass::Car));
    assert!(!north.lanes[1].change_outwards.allows(VehicleClass::Car));
    assert!(north.lanes[1].change_inwards.allows(VehicleClass::Car));
    assert_eq!(loaded.names.junction_titles[3], "High Street / North Road");
    assert_eq!(loaded.names.link_titles[7], "CW");
    assert_eq!((loaded.place.latitude, loaded.place.longitude), (Some(0.0), Some(9.0)));
    let plan = &loaded.signals.plans.as_slice()[0];
    assert_eq!((plan.cycle_ms(), plan.offset_ms, plan.phase_at(5_000)), (60_000, 5_000, (0, 0)));
    assert_eq!(loaded.inputs.len(), 3);
}

#[test]
fn in_left_hand_networks_the_kerb_is_on_the_left() {
    let loaded = read(&NET.replace("<net ", "<net lefthand=\"true\" "), "<routes/>", "").unwrap();
    assert!(loaded.parts.left_hand);
    assert!(!loaded.parts.links[8].lanes[1].change_inwards.allows(VehicleClass::Car));
    assert!(loaded.parts.links[8].lanes[1].change_outwards.allows(VehicleClass::Car));
}

#[test]
fn options_set_the_run() {
    let options = r#"<time><begin value="7:00:00"/><end value="8:00:00"/><step-length value="0.5"/></time>
        <scale value="0.5"/><lateral-resolution value="0.8"/><time-to-teleport value="-1"/><seed value="7"/>
        <default.departlane value="first"/><default.departspeed value="max"/><max-depart-delay value="60"/>
        <output><tripinfo-output value="x.xml"/></output><mesosim value="true"/><device.rerouting.probability value="0.3"/>"#;
    let loaded =
        read(NET, "<routes><trip id=\"a\" depart=\"25200\" from=\"WC\" to=\"CN\"/></routes>", options).unwrap();
    assert_eq!((loaded.run.begin, loaded.run.end), (SimTime(25_200_000), Some(SimTime(28_800_000))));
    assert_eq!((loaded.run.step_ms, loaded.run.seed, loaded.run.lateral), (500, 7, LateralPolicy::Continuous));
    assert_eq!((loaded.run.jam_release_s, loaded.run.max_depart_delay_s), (None, Some(60.0)));
    assert_eq!(loaded.demand.scale, 0.5);
    assert_eq!(loaded.demand.items[0].depart_lane, DepartLane::First);
    assert_eq!(loaded.demand.items[0].depart_speed, DepartSpeed::Max);
    let notices: Vec<_> = loaded.notices.iter().map(|notice| notice.message.as_str()).collect();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[0].contains("mesosim") && notices[1].contains("device.rerouting"));
}

#[test]
fn vehicle_types_take_their_attributes_and_the_class_defaults() {
    let loaded = read_routes(
        r#"<vType id="bike" vClass="bicycle" speedFactor="norm(1.2,0.2)" minGapLat="0.2" jmIgnoreFoeProb="0.1"/>
        <vType id="idm" carFollowModel="IDM" delta="3" decel="10" tau="1.5" speedFactor="1.1" speedDev="0" lcStrategic="2"/>
        <vType id="eidm" carFollowModel="EIDM" latAlignment="arbitrary" color="red"/>
        <vTypeDistribution id="mix" vTypes="bike idm" probabilities="1 3"/>
        <vTypeDistribution id="outer"><vType refId="mix" probability="0.5"/><vType id="own" probability="0.5"/></vTypeDistribution>"#,
    )
    .unwrap();
    let of = |name: &str| &loaded.demand.types[loaded.names.types.iter().position(|own| own == name).unwrap()];
    assert_eq!((of("bike").speed_factor.mean, of("bike").speed_factor.deviation), (1.2, 0.2));
    assert_eq!((of("bike").lateral.min_gap_m, of("bike").junction.ignore_foe_probability), (0.2, 0.1));
    assert_eq!(of("idm").car_following, CarFollowing::Idm { delta: 3.0, gap_opens: false });
    assert_eq!((of("idm").emergency_decel_mps2, of("idm").apparent_decel_mps2), (10.0, 10.0));
    assert_eq!((of("idm").speed_factor.mean, of("idm").speed_factor.deviation, of("idm").tau_s), (1.1, 0.0, 1.5));
    assert_eq!(
        (of("eidm").car_following, of("eidm").lateral.alignment),
        (CarFollowing::Krauss { sigma: 0.5 }, Alignment::Arbitrary)
    );
    assert_eq!(loaded.notices.len(), 1);
    let shares: Vec<f64> = loaded.demand.type_distributions[1].iter().map(|member| member.1).collect();
    assert_eq!(shares, [0.125, 0.375, 0.5]);
}

#[test]
fn routes_flows_and_stops_become_items() {
    let loaded = read_routes(
        r#"<route id="r" edges="WC CE"><stop lane="CE_0" endPos="-10" duration="5"/></route>
        <routeDistribution id="d" routes="r" probabilities="1"><route edges="EC CW" probability="3"/></routeDistribution>
        <vehicle id="v" depart="1" route="r"><stop edge="CE" endPos="90" until="100" parking="true"/></vehicle>
        <vehicle id="w" depart="begin" route="d" personNumber="3"/>
        <trip id="t" depart="2" from="WC" to="CN"><stop lane="CN_1" endPos="50" duration="1"/></trip>
        <flow id="f" begin="0" end="10" number="5" route="r"/>
        <flow id="g" begin="0" end="10" vehsPerHour="3600" from="WC" to="CE"/>
        <flow id="h" begin="0" number="3" period="exp(0.5)" from="WC" to="CE"/>
        <flow id="i" begin="0" end="100" probability="0.5" route="r"/>
        <person id="p" depart="0"><walk from="WC" to="CE"/><stop lane="CE_0" duration="1"/></person>"#,
    )
    .unwrap();
    let items = &loaded.demand.items;
    assert_eq!(
        items[0].stops.iter().map(|stop| (stop.end_m, stop.is_parking)).collect::<Vec<_>>(),
        [(83.0, false), (90.0, true)]
    );
    assert_eq!((items[1].journey.clone(), items[1].persons), (Journey::Drawn(0), Some(4.0)));
    assert!(matches!(&items[2].journey, Journey::Through(links) if links.len() == 2));
    assert_eq!(items[3].departures, Departures::Every { begin: SimTime(0), period_s: 2.0, number: 5 });
    assert_eq!(items[4].departures, Departures::Every { begin: SimTime(0), period_s: 1.0, number: 10 });
    assert!(matches!(items[5].departures, Departures::Poisson { number: Some(3), .. }));
    assert_eq!(items[0].vehicle_type, TypeChoice::One(sim_core::ids::VehicleTypeId(0)));
    assert_eq!(loaded.names.types, ["DEFAULT_VEHTYPE"]);
    assert_eq!(loaded.notices.len(), 3, "{:?}", loaded.notices);
    let built = built(&loaded, 1);
    let of = |start: &str| built.trip_names.iter().filter(|name| name.starts_with(start)).count();
    assert_eq!((of("f."), of("g."), of("h."), of("v")), (5, 10, 3, 1));
    assert!((30..70).contains(&of("i.")), "{}", of("i."));
    assert!(built.demand.trips.windows(2).all(|pair| pair[0].depart <= pair[1].depart));
    assert!(built.demand.routes.len() <= 3, "equal routes are one");
}

#[test]
fn a_scale_thins_nested_and_repeats_above_one() {
    let flow = r#"<flow id="f" begin="0" end="1000" period="1" from="WC" to="CE"/>"#;
    let of = |scale: &str| {
        let options = format!("<scale value=\"{scale}\"/><begin value=\"100\"/><end value=\"900\"/>");
        built(&read(NET, &format!("<routes>{flow}</routes>"), &options).unwrap(), 3)
    };
    let (half, most, all, more) = (of("0.5"), of("0.8"), of("1"), of("1.5"));
    assert_eq!((all.trip_names.len(), all.n_dropped), (800, 100));
    assert!((350..450).contains(&half.trip_names.len()), "{}", half.trip_names.len());
    assert!((1150..1250).contains(&more.trip_names.len()), "{}", more.trip_names.len());
    assert!(half.trip_names.iter().all(|name| most.trip_names.contains(name)));
    // A vehicle draws the same at any scale.
    for (name, trip) in half.trip_names.iter().zip(&half.demand.trips) {
        let twin = all.trip_names.iter().position(|other| other == name).unwrap();
        assert_eq!(all.demand.trips[twin].speed_factor, trip.speed_factor);
    }
}

#[test]
fn an_additional_program_replaces_the_one_of_the_network() {
    let routes = r#"<additional><tlLogic id="S" type="static" programID="new" offset="0"><phase duration="10" state="GGr"/><phase duration="10" state="rrG"/></tlLogic></additional>"#;
    let loaded = read(NET, routes, "").unwrap();
    assert_eq!(loaded.signals.plans.as_slice()[0].cycle_ms(), 20_000);
}

#[test]
fn missing_files_are_named_with_the_line_of_their_option() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.sumocfg");
    fs::write(
        &path,
        "<configuration>\n<net-file value=\"no.net.xml\"/>\n<route-files value=\"no.rou.xml\"/>\n</configuration>",
    )
    .unwrap();
    let problems = read_sumocfg(&path).unwrap_err();
    let found: Vec<_> = problems.list.iter().map(|problem| (problem.line, problem.field.clone().unwrap())).collect();
    assert_eq!(found, [(Some(2), "net-file".into()), (Some(3), "route-files".into())]);
    assert!(read_sumocfg(&folder.path().join("none.sumocfg")).is_err());
    fs::write(&path, "<configuration/>").unwrap();
    assert_eq!(only(read_sumocfg(&path)).1, "net-file");
}

#[test]
fn broken_xml_is_named_with_its_line() {
    let cut = &NET[..NET.find("<tlLogic").unwrap()];
    let (line, _, _, message) = only(read(cut, "<routes/>", ""));
    assert!(line == 12 && message.contains("ends within"), "{line}: {message}");
    let (line, ..) = only(read_routes("<vehicle id=\"a\" depart=\"0\">\n</trip>"));
    assert_eq!(line, 3);
}

#[test]
fn mistakes_of_the_network_are_found() {
    let with = |from: &str, to: &str| {
        assert!(NET.contains(from));
        only(read(&NET.replacen(from, to, 1), "<routes/>", ""))
    };
    let negative = with("length=\"93\" shape=\"0,-2 93,-2\"", "length=\"-93\" shape=\"0,-2 93,-2\"");
    assert_eq!((negative.0, negative.1.as_str(), negative.2.as_str()), (7, "length", "-93"));
    assert_eq!(with("speed=\"13.9\"", "speed=\"nan\"").2, "nan");
    assert_eq!(with("shape=\"0,-2 93,-2\"", "shape=\"0,-2 x\"").1, "shape");
    assert_eq!(with("priority=\"2\"", "priority=\"high\"").1, "priority");
    let nowhere =
        with("  <connection from=\":C_0\" to=\"CE\" fromLane=\"0\" toLane=\"0\" dir=\"s\" state=\"M\"/>\n", "");
    assert_eq!((nowhere.0, nowhere.3.as_str()), (3, "the internal lane :C_0_0 leads nowhere"));
    assert_eq!(
        with(
            "from=\":C_0\" to=\"CE\" fromLane=\"0\" toLane=\"0\"",
            "from=\":C_0\" to=\"CE\" fromLane=\"0\" toLane=\"7\""
        )
        .2,
        "CE_7"
    );
    assert_eq!(with("from=\"W\" to=\"C\"", "from=\"X\" to=\"C\"").2, "X");
    assert_eq!(with("type=\"traffic_light\"", "type=\"magic\"").2, "magic");
    assert_eq!(with("allow=\"bus bicycle\"", "allow=\"bus broom\"").1, "allow");
    assert!(with("response=\"100\" foes=\"100\"", "response=\"10\" foes=\"100\"").3.contains("does not fit"));
}

#[test]
fn signal_programs_must_fit_the_network() {
    let with = |from: &str, to: &str| only(read(&NET.replace(from, to), "<routes/>", ""));
    let short = with(
        "\"Ggr\"/><phase duration=\"3\" state=\"yyr\"/><phase duration=\"27\" state=\"rrG\"",
        "\"Gg\"/><phase duration=\"3\" state=\"yy\"",
    );
    assert_eq!((short.0, short.2.as_str()), (12, "2"));
    assert!(short.3.contains("has 2 letters but the network uses 3"));
    assert_eq!(with("duration=\"30\"", "duration=\"-30\"").2, "-30");
    assert!(with("\"yyr\"", "\"yyrr\"").3.contains("differ in length"));
    assert!(with("\"yyr\"", "\"yxr\"").3.contains("'x'"));
    assert!(with("<tlLogic id=\"S\"", "<tlLogic id=\"T\"").3.contains("no program"));
}

#[test]
fn all_mistakes_of_the_demand_are_found_together() {
    let problems = read_routes(
        r#"<vehicle id="a" depart="0"><route edges="WC CX"/></vehicle>
<vehicle id="b" depart="0"><route edges="WC CW"/></vehicle>
<vehicle id="c" depart="soon"><route edges="WC CE"/></vehicle>
<vehicle id="d" type="cra" depart="0"><route edges="WC CE"/></vehicle>
<vehicle id="e" depart="0" departLane="leftmost"><route edges="WC CE"/></vehicle>
<vehicle id="f" depart="0" route="nowhere"/>
<trip id="g" depart="0" from="WC"/>
<flow id="h" begin="0" end="100"/>
<flow id="i" begin="100" end="0" number="3" from="WC" to="CE"/>
<vehicle id="j" depart="0"><route edges="WC CE"/><stop lane="CE_0" duration="-5"/></vehicle>
<vehicle id="k" depart="0"><route edges="WC CE"/><stop lane="EC_0" duration="5"/></vehicle>
<vType id="car" length="-1"/>
<vType id="bus" vClass="bus" tau="NaN"/>
<vehicle id="k" depart="0"><route edges="WC CE"/></vehicle>
<vehicle id="l" depart="0"/>
<vehicle id="m" depart="0" departLane="3"><route edges="WC CE"/></vehicle>"#,
    )
    .unwrap_err();
    let mut lines: Vec<_> = problems.list.iter().map(|problem| problem.line.unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, (2..=17).collect::<Vec<_>>(), "{problems}");
    let at = |line: usize| problems.list.iter().find(|problem| problem.line == Some(line)).unwrap();
    assert!(at(2).hint.as_ref().unwrap().contains("nearest name"));
    assert!(at(3).message.contains("no connection leads from edge WC to edge CW for class passenger"));
    assert!(at(5).hint.as_ref().unwrap().contains("car"));
    assert_eq!(at(13).value.as_deref(), Some("-1"));
}

#[test]
fn a_distribution_within_itself_is_a_mistake() {
    let problems = read_routes(
        "<vTypeDistribution id=\"a\" vTypes=\"b\"/>\n<vTypeDistribution id=\"b\" vTypes=\"a\"/>\n<vTypeDistribution id=\"c\" vTypes=\"x\"/>",
    )
    .unwrap_err();
    let found: Vec<_> = problems.list.iter().map(|problem| (problem.line.unwrap(), problem.message.as_str())).collect();
    assert_eq!(
        found,
        [
            (2, "the distribution contains itself"),
            (3, "the distribution contains itself"),
            (4, "the vehicle type x is not known"),
        ]
    );
}

#[test]
fn a_trip_without_a_way_is_a_mistake_of_the_demand() {
    let loaded = read_routes("<trip id=\"a\" depart=\"0\" from=\"WC\" to=\"CW\"/>").unwrap();
    let problems = build_loaded(&loaded, 1).unwrap_err();
    assert_eq!(problems.list[0].line, Some(2));
    assert!(problems.list[0].message.contains("from WC to CW"));
}

#[test]
fn with_ignore_route_errors_bad_routes_are_left_out() {
    let routes = "<routes><vehicle id=\"b\" depart=\"0\"><route edges=\"WC CW\"/></vehicle></routes>";
    let loaded = read(NET, routes, "<ignore-route-errors value=\"true\"/>").unwrap();
    assert_eq!((loaded.demand.items.len(), loaded.notices.len()), (0, 1));
}
