//! The smallest outputs lamp by lamp: a linear programme over the lamps of a section, its neighbours at full output.
//!
//! Least watts so that, in every field and for every observer: average luminance and illuminance reach the class, no
//! point is below Uo times the average, no point of a lane's middle is below Ul times another, and the strips beside
//! the road keep the edge ratio. All of it is linear in the outputs; glare is not, and is checked afterwards.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use sim_core::ids::{Id, LightingSectionId};
use sim_core::lighting::Lighting;
use sim_core::lighting::class::Requirement;
use sim_core::lighting::evaluate;

/// Outputs by luminaire of a section.
#[derive(Clone, PartialEq, Debug)]
pub struct Outputs {
    /// Luminaire and output.
    pub lamps: Vec<(usize, f64)>,
    /// Mean output, weighted by power.
    pub mean: f64,
    /// Whether the class is met, glare included.
    pub complies: bool,
}

/// The optimum of a section; `None` if no outputs meet its normal class.
pub fn solve(lighting: &Lighting, section: usize) -> Option<Outputs> {
    let known = &lighting.sections.as_slice()[section];
    let requirement = lighting.classes[usize::from(known.normal_class)].requirement;
    let own: Vec<usize> = lighting
        .luminaires
        .iter()
        .enumerate()
        .filter(|(_, luminaire)| luminaire.section == LightingSectionId::from_index(section))
        .map(|(index, _)| index)
        .collect();
    let watts = |lamp: usize| {
        let kind = lighting.luminaires.as_slice()[lamp].kind;
        f64::from(lighting.types[usize::from(kind)].power.rated_w())
    };
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let variables: Vec<(usize, Variable)> = own
        .iter()
        .map(|&lamp| {
            let kind = lighting.luminaires.as_slice()[lamp].kind;
            let least = f64::from(lighting.types[usize::from(kind)].power.output_min);
            (lamp, problem.add_var(watts(lamp), (least, 1.0)))
        })
        .collect();
    for field in known.field_range() {
        constrain(&mut problem, lighting, field, &variables, &requirement);
    }
    let solution = problem.solve().ok()?;
    let lamps: Vec<(usize, f64)> = variables.iter().map(|(lamp, variable)| (*lamp, solution[*variable])).collect();
    let total = lamps.iter().map(|(lamp, _)| watts(*lamp)).sum::<f64>().max(1e-9);
    let mean = lamps.iter().map(|(lamp, output)| watts(*lamp) * output).sum::<f64>() / total;
    let mut light = lighting.full_light();
    for (lamp, output) in &lamps {
        light[*lamp] *= *output as f32;
    }
    let found = lighting.measure(&light, |_| true)[section].unwrap_or_default();
    // The solver's tolerance is wider than that of the class.
    let met = Requirement { luminance_cdm2: requirement.luminance_cdm2.map(|x| x * 0.999), ..requirement };
    let short = met.shortfalls(&found).len();
    Some(Outputs { lamps, mean, complies: short == 0 })
}

/// A row over the lamps of a section: coefficients, and what all other lamps add.
#[derive(Clone)]
struct Line {
    own: Vec<f64>,
    rest: f64,
}

fn constrain(
    problem: &mut Problem,
    lighting: &Lighting,
    field: usize,
    variables: &[(usize, Variable)],
    requirement: &Requirement,
) {
    let influence = &lighting.influence[field];
    // The light of each own lamp alone at each point, and of all others together.
    let alone: Vec<evaluate::PointValues> = variables
        .iter()
        .map(|(lamp, _)| {
            let mut light = vec![0.0; lighting.luminaires.len()];
            light[*lamp] = lighting.luminaires.as_slice()[*lamp].drive;
            evaluate::at_points(influence, &light, lighting.maintenance())
        })
        .collect();
    let mut light = lighting.full_light();
    variables.iter().for_each(|(lamp, _)| light[*lamp] = 0.0);
    let others = evaluate::at_points(influence, &light, lighting.maintenance());
    let n_points = influence.n_points();
    let n_along = n_points / influence.n_rows();
    let mean = |lines: &[Line]| Line {
        own: (0..variables.len())
            .map(|k| lines.iter().map(|line| line.own[k]).sum::<f64>() / lines.len() as f64)
            .collect(),
        rest: lines.iter().map(|line| line.rest).sum::<f64>() / lines.len() as f64,
    };
    let mut at_least = |line: &Line, share: f64, of: Option<&Line>, constant: f64| {
        let none = Line { own: vec![0.0; variables.len()], rest: 0.0 };
        let of = of.unwrap_or(&none);
        let terms: Vec<(Variable, f64)> = variables
            .iter()
            .enumerate()
            .map(|(k, (_, variable))| (*variable, line.own[k] - share * of.own[k]))
            .collect();
        problem.add_constraint(terms.as_slice(), ComparisonOp::Ge, constant - (line.rest - share * of.rest));
    };
    for lane in 0..others.luminance_cdm2.len() {
        if requirement.luminance_cdm2.is_none() {
            break;
        }
        let lines: Vec<Line> = (0..n_points)
            .map(|point| Line {
                own: alone.iter().map(|values| f64::from(values.luminance_cdm2[lane][point])).collect(),
                rest: f64::from(others.luminance_cdm2[lane][point]),
            })
            .collect();
        let average = mean(&lines);
        at_least(&average, 0.0, None, requirement.luminance_cdm2.unwrap_or(0.0));
        if let Some(uo) = requirement.uo {
            lines.iter().for_each(|line| at_least(line, uo, Some(&average), 0.0));
        }
        if let Some(ul) = requirement.ul {
            let middle = (lane * 3 + 1) * n_along;
            for a in middle..middle + n_along {
                for b in (middle..middle + n_along).filter(|b| *b != a) {
                    at_least(&lines[a], ul, Some(&lines[b]), 0.0);
                }
            }
        }
    }
    let lit: Vec<Line> = (0..influence.n_lit_points())
        .map(|point| Line {
            own: alone.iter().map(|values| f64::from(values.e_lx[point])).collect(),
            rest: f64::from(others.e_lx[point]),
        })
        .collect();
    let average = mean(&lit[..n_points]);
    if let Some(e_avg_lx) = requirement.e_avg_lx {
        at_least(&average, 0.0, None, e_avg_lx);
        if let Some(uo) = requirement.uo {
            lit[..n_points].iter().for_each(|line| at_least(line, uo, Some(&average), 0.0));
        }
    }
    if let Some(e_min_lx) = requirement.e_min_lx {
        lit[..n_points].iter().for_each(|line| at_least(line, 0.0, None, e_min_lx));
    }
    if let Some(rei) = requirement.rei {
        let strip = 3 * n_along;
        let (right, left) = (mean(&lit[n_points..n_points + strip]), mean(&lit[n_points + strip..]));
        at_least(&right, rei, Some(&mean(&lit[..strip])), 0.0);
        at_least(&left, rei, Some(&mean(&lit[n_points - strip..n_points])), 0.0);
    }
}
