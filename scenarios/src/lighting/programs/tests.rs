use super::*;

fn sun() -> Sun {
    Sun::new(21.0285, 105.8542, "Asia/Ho_Chi_Minh", jiff::civil::date(2026, 10, 15)).unwrap()
}

fn read(table: &'static crate::schema::column::Table, text: &str, control: &mut Control) -> String {
    let mut report = Report::default();
    let records = Records::parse(text.as_bytes(), table.file.into(), table, &mut report);
    let mut own = Vec::new();
    for row in records.rows() {
        if table.file == CONTROL_PROGRAMS.file {
            rows::read(&row, &mut own, &mut report);
        } else {
            control.read_calendar(&row, &mut report);
        }
    }
    control.plans.extend(own);
    report.problems.to_string()
}

#[test]
fn times_are_read_in_all_forms() {
    assert_eq!(When::parse("18:30"), Some(When::Clock { at_ms: 66_600_000 }));
    assert_eq!(When::parse("sunset+15"), Some(When::Sunset { offset_ms: 900_000 }));
    assert_eq!(When::parse("Sunrise-20"), Some(When::Sunrise { offset_ms: -1_200_000 }));
    assert_eq!(When::parse("sun-3"), Some(When::Elevation { degrees: -3.0 }));
    assert_eq!(When::parse("lux35"), Some(When::Elevation { degrees: -4.5 }));
    for wrong in ["", "noon", "sunset+often", "sun-30", "lux0", "25:70"] {
        assert_eq!(When::parse(wrong), None, "{wrong}");
    }
    assert_eq!(parse_days("fri-mon").unwrap(), [true, false, false, false, true, true, true]);
    assert_eq!(parse_days("someday"), None);
}

#[test]
fn the_built_in_programs_do_what_they_are_named_for() {
    let control = Control::builtin(-3.0);
    let programs = control.programs(Some(&sun()), Some(jiff::civil::date(2026, 10, 15)));
    let at = |name: &str, hours: f64, ordinal| {
        let index = control.names().iter().position(|known| known == name).unwrap();
        programs[index].output((hours * 3_600_000.0) as i64, ordinal)
    };
    // Sunset is at 17:33, sunrise at 5:51.
    assert_eq!([17.5, 17.9, 24.0, 29.5, 29.9].map(|hours| at("full", hours, 0)), [0.0, 1.0, 1.0, 1.0, 0.0]);
    assert_eq!([23.9, 24.5, 28.9, 29.1].map(|hours| at("part_night", hours, 0)), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!([0, 1, 2, 3].map(|ordinal| at("third_off", 20.0, ordinal)), [1.0, 1.0, 0.0, 1.0]);
}

#[test]
fn calendars_choose_by_date_and_day() {
    let mut control = Control::builtin(-3.0);
    let said = read(
        &CONTROL_CALENDARS,
        "calendar_id,begin_date,end_date,days,program_id\nc,,,all,full\nc,,,sat,part_night\nc,11-01,02-15,all,third_off\n",
        &mut control,
    );
    assert_eq!(said, "");
    let rules = &control.calendars[0].1;
    let epoch = Some(jiff::civil::date(2026, 10, 15));
    // A Thursday, the Saturday after, a day in November, one in January.
    assert_eq!(
        [0, 2, 20, 90].map(|day| in_force(rules, epoch, day)),
        [Some("full"), Some("part_night"), Some("third_off"), Some("third_off")]
    );
}

#[test]
fn mistakes_in_programs_are_told_together() {
    let mut control = Control::builtin(-3.0);
    let said = read(
        &CONTROL_PROGRAMS,
        "program_id,days,on,off,at,output,pattern\n\
         a,all,18:00,18:00,,,\n\
         b,all,sunset,sunrise,,,\n\
         b,sat,20:00,22:00,,,\n\
         c,all,dusk,6:00,,,\n\
         d,all,,,,50,\n\
         e,monday,18:00,6:00,,,\n\
         f,all,18:00,6:00,,,every_second\n\
         g,all,18:00,6:00,,120,\n",
        &mut control,
    );
    for part in [
        "control_programs.csv:2: off = \"18:00\": the period is empty",
        "control_programs.csv:4: on = \"20:00\": the period overlaps another",
        "control_programs.csv:5: on = \"dusk\": is no time of a day",
        "control_programs.csv:6: on = \"\": a row needs on and off, or at",
        "control_programs.csv:7: days = \"monday\": is not legal",
        "control_programs.csv:8: pattern = \"every_second\": is not legal",
        "control_programs.csv:9: output = \"120\": is not legal; allowed: a number from 0 to 100",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    let said = read(&CONTROL_CALENDARS, "calendar_id,begin_date,program_id\nc,31-31,fulll\n", &mut control);
    assert!(said.contains("begin_date = \"31-31\": is no date") && said.contains("did you mean \"full\"?"), "{said}");
}
