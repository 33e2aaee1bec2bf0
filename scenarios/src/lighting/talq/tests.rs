use jiff::civil::date;
use sim_core::lighting::control::Program;

use super::*;
use crate::lighting::programs::{self, Control};
use crate::lighting::sun::Sun;
use crate::read::table::{Records, Report};
use crate::schema::lighting_tables::{CONTROL_CALENDARS, CONTROL_LEVELS, CONTROL_PROGRAMS};

fn tables(programs: &str, calendars: &str) -> Control {
    let mut control = Control::builtin(-3.0);
    let mut report = Report::default();
    for (table, text) in [(&CONTROL_PROGRAMS, programs), (&CONTROL_CALENDARS, calendars)] {
        let records = Records::parse(text.as_bytes(), table.file.into(), table, &mut report);
        control.add(&records, &mut report);
    }
    assert_eq!(report.problems.to_string(), "");
    control
}

const PROGRAMS: &str = "program_id,follow,days,on,off,at,output,pattern,rest_output\n\
    steps,,all,sunset+15,sunrise-20,,100,,\n\
    steps,,all,,,22:30,70,,\n\
    steps,,all,,,sunrise-90,90,,\n\
    clock,,all,18:00,23:00,,80,,\n\
    clock,,all,5:00,6:00,,60,,\n\
    split,,all,sunset,23:30,,100,,\n\
    split,,all,4:30,sunrise,,50,,\n\
    cell,,all,lux35,lux18,,100,all_but_every_2,\n\
    week,,mon-fri,sunset,sunrise,,100,,\n\
    week,,sat,sunset,sunrise,,60,,\n\
    week,,sun,,,1:00,30,,\n\
    near,presence,all,sunset,sunrise,,90,,30\n\
    busy,class,all,sunset,sunrise,,100,,\n";
const CALENDARS: &str = "calendar_id,begin_date,end_date,days,program_id\n\
    year,,,all,steps\nyear,,,fri-sun,week\nyear,11-01,11-20,all,cell\nyear,2026-10-20,2026-10-22,all,clock\n";

/// Instants of a month, every ten minutes, and their outputs by place in the row.
fn outputs(control: &Control, name: &str) -> Vec<[f32; 3]> {
    let epoch = date(2026, 10, 15);
    let sun = Sun::new(21.0285, 105.8542, "Asia/Ho_Chi_Minh", epoch).unwrap();
    let index = control.names().iter().position(|known| known == name).unwrap_or_else(|| panic!("{name}"));
    let programs: Vec<Program> = control.programs(Some(&sun), Some(epoch));
    (0..144 * 30).map(|i| [0, 1, 2].map(|ordinal| programs[index].output(i * 600_000 + 1, ordinal))).collect()
}

fn follow(control: &Control, name: &str) -> sim_core::lighting::control::Follow {
    control.plan(name).unwrap().follow
}

#[test]
fn what_is_written_in_talq_is_read_as_the_same_nights() {
    let control = tables(PROGRAMS, CALENDARS);
    let text = write(&control, 60.0).unwrap();
    let mut report = Report::default();
    let found = read(text.as_bytes(), "talq.json".as_ref(), &mut report);
    assert_eq!(report.problems.to_string(), "");
    for name in control.names() {
        let (before, after) = (outputs(&control, &name), outputs(&found, &name));
        let differing = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert_eq!(differing, 0, "{name}: of {} instants", before.len());
        assert!(before.iter().any(|outputs| outputs[0] > 0.0), "{name} burns");
    }
    for name in ["full", "adaptive", "presence", "near", "busy"] {
        assert_eq!(follow(&control, name), follow(&found, name), "{name}");
    }
    // Written again it is the same text, for what TALQ has no second word for.
    let again: serde_json::Value = serde_json::from_str(&write(&found, 60.0).unwrap()).unwrap();
    let first: serde_json::Value = serde_json::from_str(&text).unwrap();
    let steps = |all: &serde_json::Value| {
        all["controlPrograms"].as_array().unwrap().iter().find(|program| program["id"] == "steps").unwrap().clone()
    };
    assert_eq!(steps(&again)["activePeriods"], steps(&first)["activePeriods"]);
}

#[test]
fn what_is_written_as_levels_is_read_as_the_same_nights() {
    let control = tables(PROGRAMS, "calendar_id,program_id\n");
    let text = programs::levels_csv(&control).unwrap();
    assert!(text.starts_with("group,time,level,"), "{text}");
    assert!(
        text.contains("steps,sunset+15,100,,,,\nsteps,22:30,70,,,,\nsteps,sunrise-90,90,,,,\nsteps,sunrise-20,0,,,,\n")
    );
    let mut found = Control::default();
    let mut report = Report::default();
    let records = Records::parse(text.as_bytes(), CONTROL_LEVELS.file.into(), &CONTROL_LEVELS, &mut report);
    found.add(&records, &mut report);
    assert_eq!(report.problems.to_string(), "");
    for name in control.names() {
        let (before, after) = (outputs(&control, &name), outputs(&found, &name));
        assert_eq!(before.iter().zip(&after).filter(|(a, b)| a != b).count(), 0, "{name}");
        assert_eq!(follow(&control, &name), follow(&found, &name), "{name}");
    }
}

#[test]
fn a_file_of_a_lamp_manager_is_read() {
    // As data model 2.7.1 has it, with both kinds of entities in one list.
    let text = r#"[
      {"type": "ControlProgramOne", "id": "p1", "ownerCMS": "cms",
       "activePeriods": [{"name": "AstroClockActivePeriod", "sunsetOffset": 10, "sunriseOffset": -10}],
       "fixedTimeControls": [
         {"startTime": "00:00:00", "command": {"state": {"name": "LevelState", "value": 40}}},
         {"startTime": "05:00:00", "command": {"state": {"name": "LevelState", "value": 80}}}]},
      {"type": "ControlProgramOne", "id": "p2", "ownerCMS": "cms",
       "activePeriods": [{"name": "AbsoluteActivePeriod", "startTime": "20:00:00", "endTime": "06:00:00"}],
       "fixedTimeControls": [{"startTime": "12:00:00", "command": {"state": {"name": "BooleanState", "value": true}}}]},
      {"id": "c", "ownerCMS": "cms", "defaultProgram": "p1",
       "rules": [{"condition": {"type": "ccDay", "days": [{"start": 6, "end": 7}]}, "program": "p2"}]}
    ]"#;
    let mut report = Report::default();
    let control = read(text.as_bytes(), "talq.json".as_ref(), &mut report);
    assert_eq!(report.problems.to_string(), "");
    // The control of 5:00 still holds in the evening: sunset is at 17:33 on a Thursday.
    let at = |name: &str, hour: f64| outputs(&control, name)[(hour * 6.0) as usize][0];
    assert_eq!([17.5, 18.0, 23.9, 24.5, 29.5, 30.0].map(|hour| at("p1", hour)), [0.0, 0.8, 0.8, 0.4, 0.8, 0.0]);
    assert_eq!([18.0, 24.5].map(|hour| at("c", hour)), [0.8, 0.4]);
    assert_eq!([66.0, 68.5, 77.5, 78.5].map(|hour| at("c", hour)), [0.0, 1.0, 1.0, 0.0], "Saturday night");
}

#[test]
fn what_cannot_be_followed_is_told_together() {
    let text = r#"{"services": [{"name": "ControlService", "dayOffset": 0}],
      "controlPrograms": [
      {"type": "ControlProgramOne", "id": "a",
       "activePeriods": [{"name": "ValueActivePeriod"}, {"name": "AbsoluteActivePeriod", "startTime": "7:00", "endTime": "7:00"}],
       "fixedTimeControls": [{"startTime": "25:99", "command": {"state": {"name": "RGBState", "value": "red"}}},
                             {"startTime": "10:00", "command": {"state": {"name": "LevelState", "value": 120}}}]},
      {"type": "ControlProgramTwo", "id": "a"}],
      "calendars": [{"id": "c", "rules": [{"program": "", "startDate": "--31-31",
        "condition": {"type": "ccDay", "days": [{"start": 9}], "occurrences": ["L"]}}]}]}"#;
    let mut report = Report::default();
    read(text.as_bytes(), "talq.json".as_ref(), &mut report);
    let said = report.problems.to_string();
    for part in [
        "services[0].dayOffset = \"0\": days from midnight to midnight cannot be followed; allowed: 12",
        "controlPrograms[0].activePeriods[0].name = \"ValueActivePeriod\": the period cannot be followed",
        "controlPrograms[0].activePeriods[1].endTime = \"7:00\": the period is empty",
        "controlPrograms[0].fixedTimeControls[0].startTime = \"25:99\": is no time of a day",
        "controlPrograms[0].fixedTimeControls[0].command.state.name = \"RGBState\": the state cannot be followed",
        "controlPrograms[0].fixedTimeControls[1].command.state.value = \"120\": is not legal",
        "controlPrograms[1].type = \"ControlProgramTwo\"",
        "calendars[0].rules[0].program = \"\": a rule needs a programme",
        "calendars[0].rules[0].startDate = \"--31-31\": is no date",
        "calendars[0].rules[0].condition.days[0]",
        "weeks of the month cannot be followed",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    let mut report = Report::default();
    read(b"{\"controlPrograms\": [", "talq.json".as_ref(), &mut report);
    assert!(report.problems.to_string().contains("talq.json:1: is no JSON"));
    let unsaid = write(
        &tables("program_id,on,off,at,output\nx,sunset,sunrise,,\nx,,,lux10,50\n", "calendar_id,program_id\n"),
        60.0,
    );
    assert_eq!(unsaid.unwrap_err().len(), 1);
}
