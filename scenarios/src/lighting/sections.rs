//! Lighting sections: read, or derived one for each carriageway; and which luminaires are theirs.

use crate::lighting::inventory::{Ground, Pole};
use crate::lighting::programs;
use crate::lighting::rules::{RuleSet, Surface, split_name};
use crate::lighting::street::Street;
use crate::read::gmns::nodes::dangling;
use crate::read::source::Files;
use crate::read::table::{Records, Report, Row};
use crate::schema::lighting_tables::LIGHTING_SECTIONS;

/// Junctions closer than this make their density high: more than three a kilometre.
const DENSE_M: f64 = 333.0;

/// Part of a road.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Where vehicles drive.
    Carriageway,
    /// Right of it.
    SidewalkRight,
    /// Left of it.
    SidewalkLeft,
}

/// What stands within so many mounting heights of a point lights it: towards drivers, and beyond.
const NEAR_HEIGHTS: f64 = 5.0;
const BEYOND_HEIGHTS: f64 = 12.0;

/// The part of a street that can be judged: at the edge of the network, as far as all that lights it is known.
fn judged(street: &Street, height_m: f64) -> (f64, f64) {
    let is_against = |against: bool| street.lanes.iter().any(|lane| lane.is_against == against);
    let margin = |beyond: bool| height_m * if beyond { BEYOND_HEIGHTS } else { NEAR_HEIGHTS };
    let from = if street.is_cut[0] { margin(is_against(true)) } else { 0.0 };
    let to = street.length_m - if street.is_cut[1] { margin(is_against(false)) } else { 0.0 };
    // A short piece between two edges is better judged than left out.
    if to - from > 0.25 * street.length_m { (from, to) } else { (0.0, street.length_m) }
}

/// A section as it was read.
#[derive(Clone, PartialEq, Debug)]
pub struct SectionPlan {
    /// Its id.
    pub id: String,
    /// Its street.
    pub street: usize,
    /// Its links.
    pub links: Vec<usize>,
    /// Chainage from and to on the street's line.
    pub span_m: (f64, f64),
    /// The same for its luminaires: at the edge of the network more are its own than it is judged by.
    pub own_m: (f64, f64),
    /// Part of the road.
    pub part: Part,
    /// Width of a sidewalk.
    pub width_m: f64,
    /// Position among the surfaces.
    pub surface: usize,
    /// Average luminance coefficient of its surface.
    pub q0: f64,
    /// Normal class.
    pub class: String,
    /// Darkest class; empty: it does not follow traffic.
    pub least_class: String,
    /// Sum of weights that traffic does not change.
    pub fixed_weight: f64,
    /// What the weights stand on, for people.
    pub answers: Vec<(String, String)>,
}

/// Reads `lighting_sections.csv`, or derives one section for each street that `class_of` knows a class for.
pub fn read(
    files: &mut Files,
    ground: &Ground<'_>,
    (set, surfaces): (&RuleSet, &[Surface]),
    heights_m: &[f64],
    report: &mut Report,
    class_of: impl Fn(&Street) -> Option<(String, String)>,
) -> Vec<SectionPlan> {
    if files.source.has(LIGHTING_SECTIONS.file) {
        let records = Records::required(files, "", &LIGHTING_SECTIONS, report);
        return records.rows().filter_map(|row| of_row(&row, ground, (set, surfaces), report)).collect();
    }
    let mut sections = Vec::new();
    for (index, street) in ground.streets.iter().enumerate() {
        let Some((class, least_class)) = class_of(street) else { continue };
        let answers = answers(street, &class, |_| None);
        sections.push(SectionPlan {
            id: ground.names.links[street.links[0]].clone(),
            street: index,
            links: street.links.clone(),
            span_m: judged(street, heights_m[index]),
            own_m: (-20.0, street.length_m + 20.0),
            part: Part::Carriageway,
            width_m: street.width_m(),
            surface: 0,
            q0: surfaces[0].q0,
            fixed_weight: weight(set, &class, &answers),
            class,
            least_class,
            answers,
        });
    }
    report.notice("lighting sections were derived, one for each carriageway", sections.len());
    sections
}

fn of_row(
    row: &Row<'_>,
    ground: &Ground<'_>,
    (set, surfaces): (&RuleSet, &[Surface]),
    report: &mut Report,
) -> Option<SectionPlan> {
    let mut links = Vec::new();
    for name in row.text("links").split_whitespace() {
        match ground.names.links.iter().position(|known| known == name) {
            Some(link) => links.push(link),
            None => report.problem(dangling(
                row.problem("links", format!("there is no link {name:?}")),
                name,
                ground.names.links.iter(),
            )),
        }
    }
    let street = links.first().and_then(|link| ground.of_link[*link]);
    let class = row.text("class").to_ascii_uppercase();
    let least_class = row.text("least_class").to_ascii_uppercase();
    let known: Vec<String> = set.class_names().iter().map(|name| (*name).to_owned()).collect();
    for (field, name) in [("class", &class), ("least_class", &least_class)] {
        if !name.is_empty() && set.class(name).is_none() {
            report.problem(programs::unknown(row.problem(field, "there is no such class"), name, &known));
        }
    }
    if let (Some(normal), Some(least)) = (split_name(&class), split_name(&least_class))
        && (normal.0 != least.0 || least.1 < normal.1)
    {
        report.problem(row.problem("least_class", "must be of the same family as class and not brighter"));
        return None;
    }
    let surface = match row.get("surface") {
        None => 0,
        Some(name) => surfaces.iter().position(|known| known.name.eq_ignore_ascii_case(name)).unwrap_or_else(|| {
            let names: Vec<String> = surfaces.iter().map(|surface| surface.name.clone()).collect();
            report.problem(programs::unknown(row.problem("surface", "there is no such road surface"), name, &names));
            0
        }),
    };
    let index = street?;
    let known = &ground.streets[index];
    let (from, to) = (row.number("from_m").unwrap_or(0.0), row.number("to_m").unwrap_or(known.length_m));
    if from >= to || from > known.length_m {
        let problem = row.problem("from_m", "the section is empty");
        report.problem(problem.allowed(format!("0 to {:.1}, before to_m", known.length_m)));
        return None;
    }
    let is_against = known.links.first() != links.first();
    let to = to.min(known.length_m);
    let span_m = if is_against { (known.length_m - to, known.length_m - from) } else { (from, to) };
    let part = match row.word("part").as_deref() {
        Some("sidewalk_right") if !is_against => Part::SidewalkRight,
        Some("sidewalk_left") if is_against => Part::SidewalkRight,
        Some("sidewalk_left" | "sidewalk_right") => Part::SidewalkLeft,
        _ => Part::Carriageway,
    };
    let answers = answers(known, &class, |field| row.word(field));
    let fixed_weight = row.number("fixed_weight").unwrap_or_else(|| weight(set, &class, &answers));
    Some(SectionPlan {
        id: row.text("section_id").to_owned(),
        street: index,
        links,
        span_m,
        own_m: (
            if span_m.0 <= 0.0 { -20.0 } else { span_m.0 },
            if span_m.1 >= known.length_m { known.length_m + 20.0 } else { span_m.1 },
        ),
        width_m: row.number("width_m").unwrap_or(if part == Part::Carriageway { known.width_m() } else { 2.5 }),
        part,
        surface,
        q0: row.number("q0").unwrap_or(surfaces[surface].q0),
        class,
        least_class,
        fixed_weight,
        answers,
    })
}

/// What is said of a street, from the table or else from the network.
fn answers(street: &Street, class: &str, given: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let family = split_name(class).map_or_else(String::new, |(family, _)| family);
    let is_separated = street.links.len() == 1;
    let default = |field: &str| match field {
        "separation" if is_separated => "yes",
        "separation" => "no",
        "junction_density" if street.length_m < DENSE_M => "high",
        "parked" => "yes",
        "navigation" => "easy",
        "travel_speed" => "low",
        "composition" => "pedestrians_cyclists_motors",
        _ => "moderate",
    };
    let fields: &[&str] = match family.as_str() {
        "M" => &["separation", "junction_density", "parked", "ambient", "navigation"],
        "C" => &["separation", "parked", "ambient", "navigation"],
        _ => &["travel_speed", "composition", "parked", "ambient"],
    };
    fields
        .iter()
        .map(|field| ((*field).to_owned(), given(field).unwrap_or_else(|| default(field).to_owned())))
        .collect()
}

fn weight(set: &RuleSet, class: &str, answers: &[(String, String)]) -> f64 {
    let family = split_name(class).map_or_else(String::new, |(family, _)| family);
    let answers: Vec<(&str, &str)> = answers.iter().map(|(field, word)| (field.as_str(), word.as_str())).collect();
    // Sets of the user may leave out weights; then the class follows traffic alone.
    set.weight(&family, &answers).unwrap_or(0.0)
}

/// The section of each luminaire and its place in the row; carriageways first.
pub fn assign(sections: &[SectionPlan], poles: &[Pole], n_streets: usize) -> Vec<(Option<usize>, u16)> {
    let mut on_street: Vec<Vec<usize>> = vec![Vec::new(); n_streets];
    for (at, pole) in poles.iter().enumerate() {
        if let Some(street) = pole.street {
            on_street[street].push(at);
        }
    }
    let mut found: Vec<(Option<usize>, u16)> = vec![(None, 0); poles.len()];
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|index| (sections[*index].part != Part::Carriageway, *index));
    for index in order {
        let section = &sections[index];
        let (from, to) = section.own_m;
        let is_own = |at: &usize| {
            let chainage_m = poles[*at].at_m.0;
            found[*at].0.is_none() && chainage_m >= from - 0.5 && chainage_m <= to + 0.5
        };
        let mut own: Vec<usize> = on_street[section.street].iter().copied().filter(is_own).collect();
        own.sort_by(|a, b| {
            let (x, y) = (&poles[*a], &poles[*b]);
            x.at_m.0.total_cmp(&y.at_m.0).then(x.side.cmp(&y.side)).then(a.cmp(b))
        });
        for (ordinal, at) in own.into_iter().enumerate() {
            found[at] = (Some(index), ordinal as u16);
        }
    }
    found
}
