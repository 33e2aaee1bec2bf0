use super::*;

/// Longitude and latitude in the system of a definition.
fn project(text: &str, degrees: [f64; 2]) -> Option<[f64; 2]> {
    let to = proj(text).ok()?;
    let mut at = (degrees[0].to_radians(), degrees[1].to_radians(), 0.0);
    proj4rs::transform::transform(&proj(DEGREES).ok()?, &to, &mut at).ok()?;
    Some(if to.is_latlong() { [at.0.to_degrees(), at.1.to_degrees()] } else { [at.0, at.1] })
}

fn back(text: &str, point: [f64; 2]) -> Option<[f64; 2]> {
    let from = proj(text).ok()?;
    let mut at =
        if from.is_latlong() { (point[0].to_radians(), point[1].to_radians(), 0.0) } else { (point[0], point[1], 0.0) };
    proj4rs::transform::transform(&from, &proj(DEGREES).ok()?, &mut at).ok()?;
    Some([at.0.to_degrees(), at.1.to_degrees()])
}

#[test]
fn vn_2000_is_shifted_as_proj_shifts_it() {
    // PROJ 9, "VN-2000 to WGS 84 (2)".
    for (code, wanted) in
        [("EPSG:3405", [105.839_104_106, 21.022_726_497]), ("9209", [106.338_816_392, 21.016_419_833])]
    {
        let found = back(&proj_string(code).unwrap(), [587_000.0, 2_325_000.0]).unwrap();
        // 1e-7 degrees are a centimetre.
        assert!((found[0] - wanted[0]).abs() < 1e-7 && (found[1] - wanted[1]).abs() < 1e-7, "{code}: {found:?}");
    }
    let unshifted = back("+proj=utm +zone=48 +ellps=WGS84 +units=m", [587_000.0, 2_325_000.0]).unwrap();
    assert!((unshifted[0] - 105.839_104_106).abs() > 1e-3, "the shift is some 200 m");
}

/// Positions by PROJ 9.5.1 (pyproj 3.7.2) from the same definitions: code, longitude, latitude, x, y.
const POINTS: &str = include_str!("points.csv");

#[test]
fn codes_of_every_projection_come_out_as_in_proj() {
    let mut kinds = std::collections::BTreeSet::new();
    for line in POINTS.lines().skip(1) {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let code = cells[0].to_string();
        let found = definition(&code).unwrap_or_else(|refusal| panic!("{code}: {refusal:?}"));
        kinds.insert(found.proj.split_whitespace().next().unwrap().to_owned());
        let at = project(&found.proj, [cells[1], cells[2]]).unwrap_or_else(|| panic!("{code}"));
        let is_degrees = found.proj.contains("longlat");
        let off = (at[0] - cells[3]).abs().max((at[1] - cells[4]).abs()) * if is_degrees { 111_320.0 } else { 1.0 };
        assert!(off < 0.005, "EPSG:{code} {}: {at:?}, off by {off} m", found.proj);
        let degrees = back(&found.proj, [cells[3], cells[4]]).unwrap_or_else(|| panic!("{code} back"));
        let off = (degrees[0] - cells[1]).abs().max((degrees[1] - cells[2]).abs());
        assert!(off < 1e-7, "EPSG:{code} back: {degrees:?}");
    }
    assert!(kinds.len() >= 16, "{kinds:?}");
}

#[test]
fn all_codes_that_are_not_refused_agree_with_proj() {
    // A table of points for all codes: code;definition;longitude;latitude;x;y;..., as made beside `tests/peers/crs.py`.
    let Some(path) = std::env::var_os("CITYTWIN_CRS_POINTS") else {
        eprintln!("skipped: CITYTWIN_CRS_POINTS is not set");
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let (mut n, mut refused, mut wrong) = (0, 0, Vec::new());
    for line in text.lines() {
        let cells: Vec<&str> = line.split(';').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let Ok(found) = definition(cells[0]) else {
            refused += 1;
            continue;
        };
        n += 1;
        let scale = if found.proj.contains("longlat") { 111_320.0 } else { 1.0 };
        let at = project(&found.proj, [number(2), number(3)]);
        let off = at.map_or(f64::INFINITY, |at| (at[0] - number(4)).hypot(at[1] - number(5)) * scale);
        let degrees = back(&found.proj, [number(4), number(5)]);
        let off_back = degrees.map_or(f64::INFINITY, |at| (at[0] - number(2)).hypot(at[1] - number(3)) * 111_320.0);
        // Backwards the height that the shift of datum brings is lost, as in PROJ.
        if off.is_nan() || off > 0.01 || off_back.is_nan() || off_back > 0.3 {
            wrong.push(format!("{} {off:.3} {off_back:.3} {}", cells[0], found.proj));
        }
    }
    eprintln!("{n} codes, {refused} refused, {} off\n{}", wrong.len(), wrong.join("\n"));
    assert!(n > 4000 && wrong.is_empty());
}

#[test]
fn what_cannot_be_computed_rightly_is_refused_by_name() {
    let refused = |text: &str| {
        let refusal = definition(text).unwrap_err();
        format!("{}; {}", refusal.message, refusal.hint)
    };
    assert!(refused("12345").contains("is no coordinate system that is known; the nearest codes that are known: "));
    assert!(refused("hanoi").contains("is no coordinate system that is known"));
    assert!(refused("26715").contains("needs files of datum shifts (NAD27)"));
    assert!(refused("4978").contains("geocentric"));
    assert!(refused("2065").contains("PROJ differs"), "southing and westing, while its definition has them negative");
    assert!(refused("+proj=tmerc +lon_0=9 +ellps=bessel").contains("does not say how its datum lies"));
    assert!(refused("+proj=utm +zone=48 +nadgrids=@mine.gsb").contains("@mine.gsb"));
    assert!(refused("+proj=nzmg +datum=nzgd49").contains("projection nzmg"));
    assert!(definition("+proj=merc +datum=WGS84").is_ok());
    assert_eq!(definition("EPSG:4326").unwrap().off_m, None);
}
