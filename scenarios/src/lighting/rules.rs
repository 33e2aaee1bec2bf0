//! Sets of rules and road surfaces: data with a version, inside the program or from files of the user.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use sim_core::lighting::LightingClass;
use sim_core::lighting::adaptive::{AdaptiveRules, Bands, class_number};
use sim_core::lighting::class::Requirement;
use sim_core::lighting::influence::Rules;
use sim_core::lighting::surface::RoadSurface;

use crate::error::{Problem, Problems};
use crate::read::table::nearest;

static DATA: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/data/lighting");

/// The rules that hold when none are named.
pub const DEFAULT_RULES: &str = "en13201-2015";

/// A set of rules.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where its numbers come from.
    pub source: String,
    /// What the calculation is fixed by.
    pub calculation: CalculationTable,
    /// Its classes, those of a family from bright to dark.
    pub class: Vec<ClassTable>,
    /// Weights of what is said of a street: family, parameter, answer.
    #[serde(default)]
    pub weights: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>,
    /// Weights of what traffic says.
    #[serde(default)]
    pub traffic: BTreeMap<String, TrafficWeights>,
}

/// Regions and constants of the calculation.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalculationTable {
    near_heights: f64,
    beyond_heights: f64,
    glare_reach_m: f64,
    glare_factor: f64,
}

/// A class.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassTable {
    /// Family and number, such as `M3`.
    pub name: String,
    luminance_cdm2: Option<f64>,
    uo: Option<f64>,
    ul: Option<f64>,
    ti_pct: Option<f64>,
    rei: Option<f64>,
    e_avg_lx: Option<f64>,
    e_min_lx: Option<f64>,
    e_avg_lx_max: Option<f64>,
}

/// What traffic says, by family.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficWeights {
    volume_multilane: BandTable,
    volume_two_lane: BandTable,
    two_wheelers: BandTable,
    speed_kmh: BandTable,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BandTable {
    from: Vec<f64>,
    weight: Vec<f64>,
    hysteresis: f64,
}

impl BandTable {
    fn bands(&self, factor: f64) -> Bands {
        Bands {
            from: self.from.iter().map(|from| from * factor).zip(self.weight.iter().copied()).collect(),
            hysteresis: self.hysteresis * factor,
        }
    }
}

impl RuleSet {
    /// A set inside the program.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn builtin(id: &str) -> Result<Self, Problems> {
        let known = builtin_ids();
        let Some(file) = DATA.get_file(format!("rules/{id}.toml")) else {
            let problem = Problem::new("rules", format!("there is no set of rules {id:?}")).allowed(known.join(", "));
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(match nearest(id, &names) {
                Some(near) => problem.hint(format!("did you mean {near:?}?")).into(),
                None => problem.hint("a file of your own is named with its path, ending in .toml").into(),
            });
        };
        Self::parse(file.contents_utf8().unwrap_or_default(), id)
    }

    /// A set from the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, file: &str) -> Result<Self, Problems> {
        let set: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            Problem::new(file, error.message().to_owned()).line(line)
        })?;
        let mut problems = Problems::default();
        for class in &set.class {
            if split_name(&class.name).is_none() {
                let problem = Problem::new(file, "is no class").field("class.name", &class.name);
                problems.push(problem.allowed("letters and a number, such as M3"));
            }
        }
        let bands =
            set.traffic.values().flat_map(|t| [&t.volume_multilane, &t.volume_two_lane, &t.two_wheelers, &t.speed_kmh]);
        for table in bands {
            let ascends = table.from.windows(2).all(|pair| pair[0] < pair[1]);
            if table.from.is_empty() || table.from.len() != table.weight.len() || !ascends || table.hysteresis < 0.0 {
                let problem =
                    Problem::new(file, "bands need as many weights as thresholds, and thresholds must ascend");
                problems.push(problem.field("traffic", format!("{:?}", table.from)));
            }
        }
        problems.or_ok(set)
    }

    /// What the calculation is fixed by.
    pub fn calculation(&self, corridor_m: f64) -> Rules {
        let CalculationTable { near_heights, beyond_heights, glare_reach_m, glare_factor } = self.calculation;
        Rules { near_heights, beyond_heights, glare_reach_m, corridor_m, glare_factor }
    }

    /// Its classes for the simulation: families in the order of the file, numbers without gaps.
    pub fn classes(&self) -> Vec<LightingClass> {
        self.class
            .iter()
            .map(|class| LightingClass {
                name: class.name.clone(),
                requirement: Requirement {
                    luminance_cdm2: class.luminance_cdm2,
                    uo: class.uo,
                    ul: class.ul,
                    ti_pct: class.ti_pct,
                    rei: class.rei,
                    e_avg_lx: class.e_avg_lx,
                    e_min_lx: class.e_min_lx,
                    e_avg_lx_max: class.e_avg_lx_max,
                },
            })
            .collect()
    }

    /// Position of a class.
    pub fn class(&self, name: &str) -> Option<u16> {
        self.class.iter().position(|class| class.name.eq_ignore_ascii_case(name)).map(|at| at as u16)
    }

    /// Names of all classes.
    pub fn class_names(&self) -> Vec<&str> {
        self.class.iter().map(|class| class.name.as_str()).collect()
    }

    /// Sum of the weights of some answers.
    ///
    /// # Errors
    /// The first answer that is not in the table, with what is.
    pub fn weight(&self, family: &str, answers: &[(&str, &str)]) -> Result<f64, String> {
        let table = self.weights.get(family).ok_or_else(|| format!("no weights for the family {family:?}"))?;
        let mut sum = 0.0;
        for (parameter, answer) in answers {
            let known: Vec<&str> = table.keys().map(String::as_str).collect();
            let options = table
                .get(*parameter)
                .ok_or_else(|| format!("{family} knows no {parameter:?}; allowed: {}", known.join(", ")))?;
            let words: Vec<&str> = options.keys().map(String::as_str).collect();
            sum += options
                .get(*answer)
                .ok_or_else(|| format!("{parameter} cannot be {answer:?}; allowed: {}", words.join(", ")))?;
        }
        Ok(sum)
    }

    /// The class that some answers give, such as `P4`.
    ///
    /// # Errors
    /// As [`Self::weight`].
    pub fn choose(&self, family: &str, answers: &[(&str, &str)]) -> Result<String, String> {
        Ok(format!("{family}{}", class_number(self.weight(family, answers)?)))
    }

    /// How classes of a family follow traffic.
    pub fn adaptive(&self, family: &str, is_multilane: bool, window_s: f64, hold_s: f64) -> Option<AdaptiveRules> {
        let weights = self.traffic.get(family)?;
        let volume = if is_multilane { &weights.volume_multilane } else { &weights.volume_two_lane };
        Some(AdaptiveRules {
            volume: volume.bands(1.0),
            two_wheelers: weights.two_wheelers.bands(1.0),
            speed_mps: weights.speed_kmh.bands(1.0 / 3.6),
            window_ms: (window_s * 1000.0).round() as i64,
            hold_ms: (hold_s * 1000.0).round() as i64,
        })
    }
}

/// Family and number of a class: `M3` is ("M", 3).
pub fn split_name(name: &str) -> Option<(String, u8)> {
    let at = name.find(|letter: char| letter.is_ascii_digit()).filter(|at| *at > 0)?;
    Some((name[..at].to_ascii_uppercase(), name[at..].parse().ok()?))
}

/// Names of the sets inside the program.
pub fn builtin_ids() -> Vec<String> {
    let folder = DATA.get_dir("rules");
    let files = folder.into_iter().flat_map(Dir::files);
    files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect()
}

/// A road surface by name.
#[derive(Clone, PartialEq, Debug)]
pub struct Surface {
    /// Its name.
    pub name: String,
    /// Its average luminance coefficient.
    pub q0: f64,
    /// Its table.
    pub table: RoadSurface,
}

/// The surfaces inside the program.
pub fn surfaces() -> Vec<Surface> {
    let text = |name: &str| DATA.get_file(name).and_then(|file| file.contents_utf8()).expect("part of the program");
    let mut tables: BTreeMap<String, (Vec<f64>, Vec<Vec<f64>>)> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(text("r_tables.csv").as_bytes());
    let head = reader.headers().expect("a head").clone();
    let tan: Vec<f64> = head.iter().skip(2).map(|name| name[1..].parse().expect("a number")).collect();
    for record in reader.records().map(|record| record.expect("a row")) {
        let (betas, rows) = tables.entry(record[0].to_owned()).or_default();
        betas.push(record[1].parse().expect("an angle"));
        // Where the table ends, nothing is reflected.
        rows.push(record.iter().skip(2).map(|cell| cell.parse().unwrap_or(0.0)).collect());
    }
    let mut reader = csv::Reader::from_reader(text("surfaces.csv").as_bytes());
    reader
        .records()
        .map(|record| record.expect("a row"))
        .map(|record| {
            let (betas, rows) = &tables[&record[1]];
            let r = (0..tan.len()).flat_map(|row| rows.iter().map(move |column| column[row])).collect();
            let table = RoadSurface::new(tan.clone(), betas.clone(), r).expect("a sound table");
            Surface { name: record[0].to_owned(), q0: record[2].parse().expect("a number"), table }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_in_the_program_can_be_read() {
        assert_eq!(builtin_ids(), ["en13201-2015", "vietnam-2023"]);
        for id in builtin_ids() {
            let set = RuleSet::builtin(&id).unwrap();
            assert_eq!(set.id, id);
            assert_eq!(set.classes().len(), 18);
            assert_eq!(set.class("m3"), Some(2));
            for family in ["M", "C", "P"] {
                assert!(set.adaptive(family, true, 300.0, 900.0).is_some());
            }
        }
        let said = RuleSet::builtin("en13201-2016").unwrap_err().to_string();
        assert!(said.contains("did you mean \"en13201-2015\"?"), "{said}");
    }

    #[test]
    fn the_worked_example_of_the_technical_report_comes_out() {
        // CEN/TR 13201-1: a street for pedestrians and cyclists at low speed, without parked vehicles.
        let set = RuleSet::builtin("en13201-2015").unwrap();
        let street = [("travel_speed", "low"), ("composition", "pedestrians_cyclists"), ("parked", "no")];
        let at = |use_intensity, ambient| {
            let mut answers = street.to_vec();
            answers.extend([("use_intensity", use_intensity), ("ambient", ambient)]);
            set.choose("P", &answers).unwrap()
        };
        assert_eq!(at("normal", "moderate"), "P4");
        assert_eq!(at("quiet", "low"), "P6");
        let said = set.weight("P", &[("ambient", "dim")]).unwrap_err();
        assert_eq!(said, "ambient cannot be \"dim\"; allowed: high, low, moderate");
    }

    #[test]
    fn the_tables_have_the_specular_factors_of_the_standard() {
        let wanted =
            [("R1", 0.25, 0.10), ("R2", 0.58, 0.07), ("R3", 1.11, 0.07), ("R4", 1.55, 0.08), ("C2", 0.97, 0.07)];
        for (surface, (name, s1, q0)) in surfaces().iter().zip(wanted) {
            assert_eq!(surface.name, name);
            assert!((surface.table.s1() - s1).abs() < 0.005, "{name}: S1 {}", surface.table.s1());
            assert!((surface.table.q0() / q0 - 1.0).abs() < 0.05, "{name}: Q0 {}", surface.table.q0());
            assert_eq!(surface.q0, q0);
        }
    }

    #[test]
    fn bands_that_do_not_ascend_are_refused() {
        let text = DATA.get_file("rules/en13201-2015.toml").unwrap().contents_utf8().unwrap();
        let wrong = text.replace("from = [0.0, 0.35, 0.65]", "from = [0.0, 0.65, 0.35]");
        assert!(RuleSet::parse(&wrong, "mine.toml").unwrap_err().to_string().contains("must ascend"));
        let said = RuleSet::parse(&text.replace("uo = 0.40", "uoo = 0.40"), "mine.toml").unwrap_err().to_string();
        assert!(said.contains("mine.toml:") && said.contains("uoo"), "{said}");
    }
}
