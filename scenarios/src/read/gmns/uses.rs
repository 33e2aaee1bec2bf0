//! Uses and use groups: which vehicle classes they mean.

use std::collections::BTreeMap;

use sim_core::units::{ClassSet, VehicleClass};

use crate::read::source::Files;
use crate::read::table::{Records, Report, Row, nearest};
use crate::schema::network_tables::{USE_DEFINITION, USE_GROUP};

/// The uses of a network.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Uses {
    sets: BTreeMap<String, ClassSet>,
}

fn built_in(word: &str) -> Option<ClassSet> {
    use VehicleClass as C;
    Some(match word {
        "all" => ClassSet::ALL,
        "none" | "parking" | "shoulder" | "twltl" => ClassSet::NONE,
        "walk" | "ped" => ClassSet::of(&[C::Pedestrian, C::Wheelchair]),
        "bike" => ClassSet::of(&[C::Bicycle]),
        "sov" | "auto" => ClassSet::of(&[C::Car, C::Taxi, C::Electric, C::Private]),
        "car" => ClassSet::of(&[C::Car, C::Electric, C::Private]),
        "hov" | "hov2" | "hov3" | "hov3+" => ClassSet::of(&[C::Hov]),
        "motorbike" | "moto" => ClassSet::of(&[C::Motorcycle, C::Moped]),
        "transit" => ClassSet::of(&[C::Bus]),
        "motor" => VehicleClass::ALL
            .iter()
            .filter(|class| !matches!(class, C::Bicycle | C::Scooter | C::Pedestrian | C::Wheelchair))
            .fold(ClassSet::NONE, |set, &class| set.with(class)),
        _ => ClassSet::of(&[VehicleClass::from_name(word)?]),
    })
}

impl Uses {
    /// Reads `use_definition.csv` and `use_group.csv`.
    pub fn read(files: &mut Files, folder: &str, report: &mut Report) -> Self {
        let definitions = Records::optional(files, folder, &USE_DEFINITION, report);
        let groups = Records::optional(files, folder, &USE_GROUP, report);
        let mut uses = Self::default();
        for row in definitions.rows() {
            let name = row.text("use").to_ascii_lowercase();
            let set = built_in(&name).unwrap_or_else(|| {
                report.notice(format!("use {name:?} is no vehicle class and is not simulated"), 1);
                ClassSet::NONE
            });
            uses.sets.insert(name, set);
        }
        // Groups may name groups that follow: as many rounds as there are groups settle all.
        for round in 0..=groups.len() {
            for row in groups.rows() {
                let mut set = ClassSet::NONE;
                for word in words(row.text("uses")) {
                    match uses.get(&word) {
                        Some(part) => set = ClassSet(set.0 | part.0),
                        None if round == groups.len() => report.problem(uses.unknown(row, "uses", &word)),
                        None => {}
                    }
                }
                let name = row.text("use_group").to_ascii_lowercase();
                // "all" keeps classes that no table names.
                if name != "all" {
                    uses.sets.insert(name, set);
                }
            }
        }
        uses
    }

    fn get(&self, word: &str) -> Option<ClassSet> {
        self.sets.get(word).copied().or_else(|| built_in(word))
    }

    fn unknown(&self, row: Row<'_>, column: &str, word: &str) -> crate::error::Problem {
        let known: Vec<&str> = self
            .sets
            .keys()
            .map(String::as_str)
            .chain(VehicleClass::ALL.iter().map(|class| class.name()))
            .chain(["all", "auto", "bike", "walk", "motor"])
            .collect();
        let problem = row.problem(column, format!("unknown use {word:?}"));
        match nearest(word, &known) {
            Some(near) => problem.hint(format!("did you mean {near:?}?")),
            None => problem.hint("define it in use_definition.csv or use_group.csv"),
        }
    }

    /// The classes of a cell with uses, unless it is empty. `-use` takes a use out of those before it.
    pub fn classes(&self, row: Row<'_>, column: &str, report: &mut Report) -> Option<ClassSet> {
        let cell = row.get(column)?;
        let mut set = ClassSet::NONE;
        for word in words(cell) {
            let without = word.strip_prefix('-');
            match (self.get(without.unwrap_or(&word)), without) {
                (Some(part), None) => set = ClassSet(set.0 | part.0),
                (Some(part), Some(_)) => set = ClassSet(set.0 & !part.0),
                (None, _) => report.problem(self.unknown(row, column, &word)),
            }
        }
        Some(set)
    }
}

fn words(cell: &str) -> impl Iterator<Item = String> {
    cell.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
}

/// The words for a set of classes, as a cell; `-bus` takes a class out of those before it.
pub fn cell_of(set: ClassSet) -> String {
    let (has, rest) =
        VehicleClass::ALL.iter().partition::<Vec<VehicleClass>, _>(|&&class| set.0 & 1 << class as u8 != 0);
    let is_open = set.0 >> VehicleClass::ALL.len() != 0;
    if is_open {
        return std::iter::once("all".to_owned())
            .chain(rest.iter().map(|class| format!("-{}", class.name())))
            .collect::<Vec<_>>()
            .join(",");
    }
    let names: Vec<&str> = has.iter().map(|class| class.name()).collect();
    if names.is_empty() { "none".into() } else { names.join(",") }
}
