//! Road surfaces: the reduced luminance coefficient r = q·cos³γ (times 10⁴) by tan γ and β.

use crate::lighting::angles::atan2_deg;

/// A table of reduced luminance coefficients.
#[derive(Clone, PartialEq, Debug)]
pub struct RoadSurface {
    /// Angles β in degrees, ascending from 0 to 180.
    beta_deg: Vec<f64>,
    /// tan γ, ascending from 0.
    tan_gamma: Vec<f64>,
    /// Row after row of tan γ.
    r: Vec<f64>,
    /// The interval of β by whole degree.
    beta_cell: [u8; 181],
    /// The interval of tan γ by quarter.
    tan_cell: Vec<u8>,
}

/// Why a table cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SurfaceError {
    /// The axes do not ascend, do not begin at 0, or do not lie on whole degrees and quarters.
    #[error("the {axis} of an r-table must ascend from 0 in steps of {step}")]
    Axis {
        /// Which axis.
        axis: &'static str,
        /// Its step.
        step: &'static str,
    },
    /// Not as many values as the axes ask for.
    #[error("an r-table of {rows} rows and {columns} columns has {found} values")]
    Size {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Values.
        found: usize,
    },
}

impl RoadSurface {
    /// A table from its axes and its values (times 10⁴), row after row of tan γ.
    ///
    /// # Errors
    /// When axes and values do not fit.
    pub fn new(tan_gamma: Vec<f64>, beta_deg: Vec<f64>, r: Vec<f64>) -> Result<Self, SurfaceError> {
        let (rows, columns) = (tan_gamma.len(), beta_deg.len());
        if r.len() != rows * columns {
            return Err(SurfaceError::Size { rows, columns, found: r.len() });
        }
        let fits = |axis: &[f64], per: f64| {
            axis.len() >= 2
                && axis.len() < 256
                && axis[0] == 0.0
                && axis.windows(2).all(|pair| pair[1] > pair[0])
                && axis.iter().all(|x| (x * per - (x * per).round()).abs() < 1e-9)
        };
        if !fits(&beta_deg, 1.0) || beta_deg[columns - 1] != 180.0 {
            return Err(SurfaceError::Axis { axis: "β", step: "whole degrees to 180" });
        }
        if !fits(&tan_gamma, 4.0) {
            return Err(SurfaceError::Axis { axis: "tan γ", step: "quarters" });
        }
        let cell = |axis: &[f64], x: f64| {
            (axis.iter().rposition(|low| *low <= x + 1e-9).unwrap_or(0).min(axis.len() - 2)) as u8
        };
        let mut beta_cell = [0; 181];
        for (degree, place) in beta_cell.iter_mut().enumerate() {
            *place = cell(&beta_deg, degree as f64);
        }
        let quarters = (tan_gamma[rows - 1] * 4.0).round() as usize;
        let tan_cell = (0..=quarters).map(|quarter| cell(&tan_gamma, quarter as f64 / 4.0)).collect();
        Ok(Self { beta_deg, tan_gamma, r, beta_cell, tan_cell })
    }

    /// The coefficient, times 10⁴: linear in tan γ and β, 0 beyond the table.
    #[inline]
    pub fn r(&self, tan_gamma: f64, beta_deg: f64) -> f64 {
        let n = self.beta_deg.len();
        let quarter = (tan_gamma * 4.0) as usize;
        if tan_gamma > self.tan_gamma[self.tan_gamma.len() - 1] {
            return 0.0;
        }
        let row = usize::from(self.tan_cell[quarter.min(self.tan_cell.len() - 1)]);
        let column = usize::from(self.beta_cell[(beta_deg as usize).min(180)]);
        let u = (tan_gamma - self.tan_gamma[row]) / (self.tan_gamma[row + 1] - self.tan_gamma[row]);
        let v = (beta_deg - self.beta_deg[column]) / (self.beta_deg[column + 1] - self.beta_deg[column]);
        let at = row * n + column;
        let (near, far) = (&self.r[at..at + 2], &self.r[at + n..at + n + 2]);
        let low = near[0] + v * (near[1] - near[0]);
        let high = far[0] + v * (far[1] - far[0]);
        low + u * (high - low)
    }

    /// Specular factor S1 = r(0°, tan γ = 2) / r(0°, 0).
    pub fn s1(&self) -> f64 {
        self.r(2.0, 0.0) / self.r(0.0, 0.0)
    }

    /// Average luminance coefficient Q0: q = r / cos³γ over the solid angle in which the table has values, midpoints of
    /// a fine grid.
    pub fn q0(&self) -> f64 {
        let (n_tan, n_beta) = (480, 360);
        let last = self.tan_gamma[self.tan_gamma.len() - 1];
        let (mut sum, mut solid_angle) = (0.0, 0.0);
        for i in 0..n_tan {
            let tan = (i as f64 + 0.5) * last / n_tan as f64;
            // dω = sin γ dγ dβ = t (1 + t²)^(−3/2) dt dβ and q = r (1 + t²)^(3/2).
            let per_cos3 = (1.0 + tan * tan) * (1.0 + tan * tan).sqrt();
            for j in 0..n_beta {
                let beta_deg = (j as f64 + 0.5) * 180.0 / n_beta as f64;
                let r = self.r(tan, beta_deg);
                if r > 0.0 {
                    sum += r * 1e-4 * tan;
                    solid_angle += tan / per_cos3;
                }
            }
        }
        sum / solid_angle
    }

    /// The same table at another average luminance coefficient: r · Q0 / Q0 of the table.
    #[must_use]
    pub fn at_q0(mut self, of_table: f64, wanted: f64) -> Self {
        for r in &mut self.r {
            *r *= wanted / of_table;
        }
        self
    }
}

/// β in degrees: the angle in plan between the continued line of sight (observer → point) and the direction from the
/// point to the luminaire's foot. 0 means that the luminaire lies beyond the point.
#[inline]
pub fn beta_deg(sight: [f64; 2], to_luminaire: [f64; 2]) -> f64 {
    let cross = sight[0] * to_luminaire[1] - sight[1] * to_luminaire[0];
    let dot = sight[0] * to_luminaire[0] + sight[1] * to_luminaire[1];
    atan2_deg(cross.abs(), dot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matt() -> RoadSurface {
        // q = 0.1 everywhere: r = 1000 cos³γ.
        let tan: Vec<f64> = (0..=48).map(|quarter| f64::from(quarter) / 4.0).collect();
        let beta = vec![0.0, 90.0, 180.0];
        let r = tan.iter().flat_map(|t| vec![1000.0 / ((1.0 + t * t) * (1.0 + t * t).sqrt()); 3]).collect();
        RoadSurface::new(tan, beta, r).unwrap()
    }

    #[test]
    fn a_matt_surface_has_its_own_coefficient() {
        let q0 = matt().q0();
        assert!((q0 - 0.1).abs() < 0.002, "{q0}");
        assert!((matt().at_q0(0.1, 0.07).r(0.0, 33.0) - 700.0).abs() < 1e-9);
        assert_eq!(matt().r(12.01, 0.0), 0.0);
    }

    #[test]
    fn beta_is_zero_beyond_the_point() {
        assert!(beta_deg([1.0, 0.0], [5.0, 0.0]).abs() < 1e-9);
        assert!((beta_deg([1.0, 0.0], [-5.0, 0.0]) - 180.0).abs() < 1e-9);
        assert!((beta_deg([1.0, 0.0], [0.0, -2.0]) - 90.0).abs() < 1e-9);
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        assert!(RoadSurface::new(vec![0.0, 1.0], vec![0.0, 180.0], vec![1.0; 3]).is_err());
        assert!(RoadSurface::new(vec![0.0, 1.0], vec![0.0, 90.0], vec![1.0; 4]).is_err());
        assert!(RoadSurface::new(vec![0.0, 0.3], vec![0.0, 180.0], vec![1.0; 4]).is_err());
    }
}
