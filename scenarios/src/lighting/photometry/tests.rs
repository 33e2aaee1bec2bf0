use std::path::PathBuf;

use super::*;

/// A small LM-63 file: candela over three vertical and some horizontal angles.
fn ies(horizontal: &str, candela: &str) -> String {
    let n = horizontal.split_whitespace().count();
    format!(
        "IESNA:LM-63-2002\n[LUMINAIRE] test\nTILT=NONE\n1 1000 1.0 3 {n} 1 2 0 0 0\n1 1 50\n0 45 90\n{horizontal}\n{candela}\n"
    )
}

fn read(text: &str) -> Result<Photometry, Problems> {
    parse(text.as_bytes(), Path::new("test.ies"), &mut none)
}

fn none(name: &str) -> Result<Vec<u8>, Problems> {
    Err(Problem::new(name, "is not there").into())
}

#[test]
fn horizontal_angle_zero_points_to_the_road() {
    let found = read(&ies("0 90 180 270 360", "10 20 30\n10 1 1\n10 2 2\n10 3 3\n10 20 30")).unwrap();
    // C90 is towards the road, C0 and C180 along it.
    for (c_deg, wanted) in [(90.0, 20.0), (180.0, 1.0), (270.0, 2.0), (0.0, 3.0)] {
        assert!((found.intensity.at(c_deg, 45.0) - wanted).abs() < 1e-4, "C{c_deg}");
    }
    assert_eq!(found.flux_lm, 1000.0);
    assert_eq!(found.power_w, 50.0);
}

#[test]
fn symmetries_unfold() {
    let half = read(&ies("0 90 180", "10 20 30\n10 1 1\n10 2 2")).unwrap();
    let full = read(&ies("0 90 180 270 360", "10 20 30\n10 1 1\n10 2 2\n10 1 1\n10 20 30")).unwrap();
    assert_eq!(half.intensity, full.intensity);
    let quarter = read(&ies("0 90", "10 20 30\n10 1 1")).unwrap();
    let full = read(&ies("0 90 180 270 360", "10 20 30\n10 1 1\n10 20 30\n10 1 1\n10 20 30")).unwrap();
    assert_eq!(quarter.intensity, full.intensity);
    let side = read(&ies("90 180 270", "10 1 1\n10 2 2\n10 3 3")).unwrap();
    // The road lies at 90°, the plane of symmetry, and at 0° in a file that goes around.
    let full = read(&ies("0 90 180 270 360", "10 1 1\n10 2 2\n10 3 3\n10 2 2\n10 1 1")).unwrap();
    assert_eq!(side.intensity, full.intensity);
    let round = read(&ies("0", "10 20 30")).unwrap();
    assert!((round.intensity.at(123.0, 22.5) - 15.0).abs() < 1e-4);
}

#[test]
fn mistakes_in_lm63_are_told() {
    let check = |text: &str, said: &str| {
        let found = read(text).unwrap_err().to_string();
        assert!(found.contains(said), "{found}");
    };
    let good = ies("0 90", "10 20 30\n10 1 1");
    check("hello\n", "there is no TILT line");
    check(&good.replace("10 1 1", "10 1"), "test.ies:9: the file ends where the candela should stand");
    check(&good.replace("10 1 1", "10 1 1 7"), "1 numbers are left after the 6 candela values");
    check(
        &good.replace("10 1 1", "10 -1 1"),
        "test.ies:9: candela = \"-1\": is negative at horizontal 90°, vertical 45°",
    );
    check(&good.replace("0 45 90", "0 90 45"), "test.ies:6: vertical angles = \"45 after 90\": angles do not ascend");
    check(&good.replace("0 45 90", "0 45 200"), "is out of range; allowed: degrees from 0 to 180");
    check(&good.replace("\n0 90\n", "\n0 45\n"), "contradict every symmetry");
    check(&good.replace("1000", "lots"), "test.ies:4: lumens per lamp = \"lots\": is no number");
    check(&good.replace("3 2 1 2", "3 2 4 2"), "photometric type = \"4\": is not legal; allowed: 1 (C), 2 (B), 3 (A)");
    check(&good.replace("3 2 1 2", "3 2 3 2"), "vertical angles = \"0 to 90\": contradict every symmetry");
    check(&good.replace("NONE", "lamp.tlt"), "test.ies:3: TILT = \"lamp.tlt\": there is no such file beside it");
    check(
        &good.replace("NONE", "INCLUDE\n4 2\n0 60 1 0.5"),
        "test.ies:4: lamp to luminaire geometry = \"4\": is not legal",
    );
    check(&good.replace("NONE", "INCLUDE\n1 2\n60 0 1 0.5"), "tilt angles = \"0 after 60\": angles do not ascend");
    check(&good.replace("NONE", "INCLUDE\n1 2\n0 60 1 -0.5"), "tilt factor = \"-0.5\": is out of range");
}

#[test]
fn tilt_factors_are_read_and_applied_by_how_the_lamp_lies() {
    let good = ies("0 90", "10 20 30\n10 1 1");
    let found = |geometry: u8| {
        let text = good.replace("NONE", &format!("INCLUDE\n{geometry}\n3\n0 30 90\n1.0 0.9\n0.6"));
        read(&text).unwrap().tilt.unwrap()
    };
    let (upright, level, tilted) = (found(1), found(2), found(3));
    assert_eq!(upright.factors, [(0.0, 1.0), (30.0, 0.9), (90.0, 0.6)]);
    for (tilt_deg, factor) in [(0.0, 1.0), (15.0, 0.95), (-15.0, 0.95), (30.0, 0.9), (60.0, 0.75), (90.0, 0.6)] {
        assert!((upright.factor(tilt_deg) - factor).abs() < 1e-12, "{tilt_deg}");
        assert!((tilted.factor(tilt_deg) - factor).abs() < 1e-12, "{tilt_deg}");
        assert!((level.factor(tilt_deg) - 1.0).abs() < 1e-12, "a lamp that stays level gives the same light");
    }
    // The rest of the file is the same as without.
    let with = read(&good.replace("NONE", "INCLUDE\n1 2 0 90 1 0.8")).unwrap();
    assert_eq!(with.intensity, read(&good).unwrap().intensity);
    let mut beside = |name: &str| {
        assert_eq!(name, "Lamp.tlt");
        Ok(b"1\r\n2\r\n0 90\r\n1 0.8\r\n".to_vec())
    };
    let from_file = parse(good.replace("NONE", "Lamp.tlt").as_bytes(), Path::new("test.ies"), &mut beside).unwrap();
    assert_eq!(from_file, with);
}

#[test]
fn all_heads_are_read_and_factors_of_old_ones_count() {
    let good = ies("0 90", "10 20 30\n10 1 1").replace("1 1 50", "0.9 0.5 50");
    let light = |head: &str| read(&good.replace("IESNA:LM-63-2002", head)).unwrap().integrated_lm;
    let new = light("IESNA:LM-63-1995");
    assert!((light("IESNA:LM-63-2002") - new).abs() < 1e-6 && (light("IES:LM-63-2019") - new).abs() < 1e-6);
    // Until 1991 the second number is the ballast-lamp photometric factor; the file of 1986 has no head.
    assert!((light("IESNA91") / new - 0.5).abs() < 1e-5);
    assert!((read(&good.replace("IESNA:LM-63-2002\n", "")).unwrap().integrated_lm / new - 0.5).abs() < 1e-5);
}

/// A file of type A (3) or B (2) over whole steps of 10°.
fn other(kind: u8, from_deg: i32, candela: impl Fn(f64, f64) -> f64) -> String {
    let angles = |from: i32| (from / 10..=9).map(|step| f64::from(step * 10)).collect::<Vec<_>>();
    let (horizontal, vertical) = (angles(from_deg), angles(-90));
    let words = |list: &[f64]| list.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    let rows: Vec<String> =
        horizontal.iter().map(|h| words(&vertical.iter().map(|v| candela(*h, *v)).collect::<Vec<_>>())).collect();
    format!(
        "IES:LM-63-2019\nTILT=NONE\n1 -1 1.0 19 {} {kind} 2 0 0 0\n1 1 50\n{}\n{}\n{}\n",
        horizontal.len(),
        words(&vertical),
        words(&horizontal),
        rows.join("\n")
    )
}

#[test]
fn types_a_and_b_are_turned_into_c_planes() {
    let rad = f64::to_radians;
    // A Lambertian source that looks down: candela are the cosine of the angle from straight down, π lm from 1 cd.
    let b = read(&other(2, -90, |h, v| (rad(h).cos() * rad(v).cos()).max(0.0) * 1000.0)).unwrap();
    assert!((b.flux_lm / 1000.0 - std::f64::consts::PI).abs() < 0.03, "{}", b.flux_lm);
    let half = read(&other(2, 0, |h, v| (rad(h).cos() * rad(v).cos()).max(0.0) * 1000.0)).unwrap();
    for (c_deg, gamma_deg) in [(0.0, 30.0), (180.0, 30.0), (60.0, 45.0), (210.0, 80.0)] {
        let (one, both) = (half.intensity.at(c_deg, gamma_deg), b.intensity.at(c_deg, gamma_deg));
        assert!((one - both).abs() < 1e-3, "C{c_deg} γ{gamma_deg}: {one} {both}");
    }
    // One that looks level towards the road, C90: type A has its middle there.
    let a = read(&other(3, -90, |h, v| (rad(h).cos() * rad(v).cos()).max(0.0) * 1000.0)).unwrap();
    let cd =
        |found: &Photometry, c_deg: f64, gamma_deg: f64| found.intensity.at(c_deg, gamma_deg) * found.flux_lm / 1000.0;
    assert!((a.flux_lm / 1000.0 - std::f64::consts::PI).abs() < 0.03, "{}", a.flux_lm);
    assert!((cd(&a, 90.0, 90.0) - 1000.0).abs() < 1.0 && cd(&a, 270.0, 90.0) < 1.0 && cd(&a, 0.0, 0.0) < 1.0);
    for (c_deg, gamma_deg) in [(0.0, 30.0), (90.0, 30.0), (180.0, 60.0), (225.0, 45.0)] {
        assert!((cd(&b, c_deg, gamma_deg) / 1000.0 - rad(gamma_deg).cos()).abs() < 0.02, "C{c_deg} γ{gamma_deg}");
    }
    // Light of B at vertical 60° lies towards the road, at horizontal 60° on the side of C0.
    let towards =
        read(&other(2, -90, |h, v| if h.abs() < 5.0 && (v - 60.0).abs() < 5.0 { 1000.0 } else { 0.0 })).unwrap();
    assert!(cd(&towards, 90.0, 60.0) > 990.0 && cd(&towards, 270.0, 60.0) < 1.0 && cd(&towards, 0.0, 60.0) < 1.0);
    let aside =
        read(&other(2, -90, |h, v| if (h - 60.0).abs() < 5.0 && v.abs() < 5.0 { 1000.0 } else { 0.0 })).unwrap();
    assert!(cd(&aside, 0.0, 60.0) > 990.0 && cd(&aside, 180.0, 60.0) < 1.0);
}

/// An EULUMDAT file with four C-planes and three γ.
fn ldt(symmetry: usize, planes: &[[f64; 3]]) -> String {
    let mut lines: Vec<String> = vec!["maker".into(), "1".into(), symmetry.to_string(), "4".into(), "90".into()];
    lines.extend(["3", "45", "report", "name", "number", "file", "date"].map(str::to_owned));
    lines.extend(
        ["500", "200", "100", "400", "150", "0", "0", "0", "0", "100", "80,5", "1", "0", "1"].map(str::to_owned),
    );
    lines.extend(["1", "LED", "5000", "4000", "70", "45.5"].map(str::to_owned));
    lines.extend((0..10).map(|_| "0.5".to_owned()));
    lines.extend(["0", "90", "180", "270", "0", "45", "90"].map(str::to_owned));
    lines.extend(planes.iter().flatten().map(f64::to_string));
    lines.join("\r\n")
}

fn read_ldt(text: &str) -> Result<Photometry, Problems> {
    eulumdat::parse(text, Path::new("test.ldt"))
}

#[test]
fn symmetries_of_eulumdat_unfold() {
    let (a, b, c, d) = ([9.0, 1.0, 1.5], [9.0, 2.0, 2.5], [9.0, 3.0, 3.5], [9.0, 4.0, 4.5]);
    let plain = read_ldt(&ldt(0, &[a, b, c, d])).unwrap();
    assert!(
        (plain.intensity.at(90.0, 45.0) - 2.0).abs() < 1e-4 && (plain.intensity.at(270.0, 45.0) - 4.0).abs() < 1e-4
    );
    assert_eq!((plain.flux_lm, plain.power_w), (5000.0, 45.5));
    assert!((plain.stated_output_ratio.unwrap() - 0.805).abs() < 1e-12);
    assert_eq!(read_ldt(&ldt(2, &[a, b, c])).unwrap().intensity, read_ldt(&ldt(0, &[a, b, c, b])).unwrap().intensity);
    assert_eq!(read_ldt(&ldt(3, &[b, c, d])).unwrap().intensity, read_ldt(&ldt(0, &[c, b, c, d])).unwrap().intensity);
    assert_eq!(read_ldt(&ldt(4, &[a, b])).unwrap().intensity, read_ldt(&ldt(0, &[a, b, a, b])).unwrap().intensity);
    assert!((read_ldt(&ldt(1, &[a])).unwrap().intensity.at(200.0, 45.0) - 1.0).abs() < 1e-4);
}

#[test]
fn mistakes_in_eulumdat_are_told() {
    let check = |text: &str, said: &str| {
        let found = read_ldt(text).unwrap_err().to_string();
        assert!(found.contains(said), "{found}");
    };
    let good = ldt(4, &[[9.0, 1.0, 1.5], [9.0, 2.0, 2.5]]);
    check(&good.replace("80,5", "eighty"), "test.ldt:23: light output ratio (LORL) = \"eighty\": is no number");
    check(&good[..good.len() - 6], "the file ends before line");
    check(&ldt(9, &[]), "test.ldt:3: symmetry = \"9\": is not legal; allowed: a whole number from 0 to 4");
    check(&ldt(4, &[[9.0, 1.0, -1.5], [9.0, 2.0, 2.5]]), "intensity = \"-1.5\": is negative");
    check(&good.replace("270\r\n0\r\n45\r\n90", "270\r\n0\r\n90\r\n45"), "angles do not ascend");
}

#[test]
fn light_that_the_file_contradicts_is_told() {
    let said = parse(ldt(1, &[[9.0, 1.0, 1.5]]).as_bytes(), Path::new("test.ldt"), &mut none).unwrap_err().to_string();
    assert!(said.contains("light output ratio = \"0.805\": intensities and output ratio differ by -9"), "{said}");
    let said = read(&ies("0 90", "1000 2000 3000\n1000 1000 1000")).unwrap_err().to_string();
    assert!(said.contains("the intensities give more light than the lamps") && said.contains("absolute"), "{said}");
}

#[test]
fn flux_closes_on_real_files() {
    let Some(data) = std::env::var_os("CITYTWIN_DATA").map(PathBuf::from) else {
        eprintln!("skipped: CITYTWIN_DATA is not set");
        return;
    };
    // The ratio that the EULUMDAT file states; the LM-63 files state lamp lumens (1000) or are absolute.
    for name in ["road_luminaire.ldt", "maxwell_8_t4_iesna.ies", "italo_1_5p5_s05.ies"] {
        let path = data.join("lighting/photometry").join(name);
        let found = parse(&std::fs::read(&path).unwrap(), &path, &mut none).unwrap();
        eprintln!(
            "{name}: {} lm, integrated {:.1} lm, stated ratio {:?}, {} W",
            found.flux_lm, found.integrated_lm, found.stated_output_ratio, found.power_w
        );
        let own = found.intensity.flux_lm() * found.flux_lm / 1000.0;
        assert!((own / found.integrated_lm - 1.0).abs() < 1e-4);
        if let Some(error) = found.closure_error() {
            assert!(error.abs() < 0.01, "{name}: {error}");
        }
    }
}
