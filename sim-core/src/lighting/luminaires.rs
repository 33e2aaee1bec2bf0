//! Luminaires and their types: where the light goes and what it costs.

use crate::ids::{CircuitId, LightingSectionId};
use crate::lighting::photometry::Intensity;
use crate::math;

/// A type of luminaire.
#[derive(Clone, PartialEq, Debug)]
pub struct LuminaireType {
    /// Its intensities; position in [`crate::lighting::Lighting::intensities`].
    pub intensity: u16,
    /// Flux that the intensities are scaled by: candela = cd/klm · flux / 1000.
    pub flux_lm: f64,
    /// Power and output.
    pub power: PowerCurve,
}

/// Power by output, as straight lines between points, and the reactive power of the driver.
#[derive(Clone, PartialEq, Debug)]
pub struct PowerCurve {
    /// (output from 0 to 1, watts), by ascending output; the last is (1, rated power).
    pub points: Vec<(f32, f32)>,
    /// Power when off: driver and controller.
    pub standby_w: f32,
    /// Reactive power when on: drivers of LEDs give it back nearly unchanged while they dim; negative is capacitive.
    pub reactive_var: f32,
    /// Least output the driver can hold.
    pub output_min: f32,
    /// How the driver takes its supply.
    pub supply: SupplyLaw,
}

/// What a driver does when its supply is low, and when it comes back.
///
/// An electronic driver draws the power it needs and holds its light until it cuts out; a lamp on a magnetic ballast
/// is an impedance, and its light follows a power of the voltage.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SupplyLaw {
    /// Voltage over the rated one below which it cuts out.
    pub cut_out_pu: f32,
    /// Voltage from which it starts again.
    pub cut_in_pu: f32,
    /// Light goes with this power of the voltage; 0: it is held, and so is the power drawn.
    pub light_exponent: f32,
    /// Dark for so long after supply came back: the driver starts, a discharge lamp cools before it strikes again.
    pub restart_ms: i64,
    /// Then at full output for so long, until its controller has told it what to do.
    pub power_on_ms: i64,
}

impl Default for SupplyLaw {
    fn default() -> Self {
        Self { cut_out_pu: 0.74, cut_in_pu: 0.8, light_exponent: 0.0, restart_ms: 2_000, power_on_ms: 60_000 }
    }
}

impl SupplyLaw {
    /// Whether light and power follow the voltage.
    pub fn follows_voltage(&self) -> bool {
        self.light_exponent > 0.0
    }
    /// Light at a voltage over light at the rated one.
    pub fn light(&self, voltage_pu: f32) -> f32 {
        if self.follows_voltage() {
            math::powf(f64::from(voltage_pu), f64::from(self.light_exponent)) as f32
        } else {
            1.0
        }
    }
    /// Power at a voltage over power at the rated one.
    pub fn power(&self, voltage_pu: f32) -> f64 {
        if self.follows_voltage() { f64::from(voltage_pu) * f64::from(voltage_pu) } else { 1.0 }
    }
}

impl PowerCurve {
    /// From a fixed part and a part that grows with the output: P(x) = fixed + (rated − fixed) · x.
    pub fn linear(rated_w: f64, fixed_w: f64, standby_w: f64, reactive_var: f64, output_min: f64) -> Self {
        Self {
            points: vec![(0.0, fixed_w as f32), (1.0, rated_w as f32)],
            standby_w: standby_w as f32,
            reactive_var: reactive_var as f32,
            output_min: output_min as f32,
            supply: SupplyLaw::default(),
        }
    }
    /// Power at an output; 0 is off.
    pub fn power_w(&self, output: f32) -> f32 {
        if output <= 0.0 {
            return self.standby_w;
        }
        let after = self.points.iter().position(|(x, _)| *x >= output).unwrap_or(self.points.len() - 1).max(1);
        let (Some(low), Some(high)) = (self.points.get(after - 1), self.points.get(after)) else {
            return self.points.first().map_or(self.standby_w, |point| point.1);
        };
        low.1 + (high.1 - low.1) * (output - low.0) / (high.0 - low.0)
    }
    /// Rated power.
    pub fn rated_w(&self) -> f32 {
        self.power_w(1.0)
    }
}

/// A luminaire in its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Luminaire {
    /// Where its light comes from, in plan.
    pub position_in_city_m: [f64; 2],
    /// Mounting height over the road.
    pub height_m: f64,
    /// Unit vector in plan from the luminaire towards the road: the direction of C90.
    pub towards: [f64; 2],
    /// Sine and cosine of the tilt, positive when the side towards the road is lifted.
    pub tilt: [f64; 2],
    /// Its type; position in [`crate::lighting::Lighting::types`].
    pub kind: u16,
    /// Place in its row, from the beginning of its section: what patterns such as every third lamp count.
    pub ordinal: u16,
    /// Its control programme; position in [`crate::lighting::Lighting::programs`].
    pub program: u16,
    /// The section it belongs to, or `NONE`.
    pub section: LightingSectionId,
    /// The circuit that feeds it.
    pub circuit: CircuitId,
    /// Light kept in service: lumen maintenance × survival × dirt.
    pub maintenance: f32,
    /// Output the driver gives when asked for all: below 1 while constant light output holds light back.
    pub drive: f32,
}

impl Luminaire {
    /// The luminaire in a frame of its own that begins at `origin` with its first axis along `axis`.
    pub(crate) fn in_frame(&self, origin: [f64; 2], axis: [f64; 2]) -> Placed {
        let turn = |[x, y]: [f64; 2]| [x * axis[0] + y * axis[1], y * axis[0] - x * axis[1]];
        let [x, y] = self.position_in_city_m;
        let [tx, ty] = turn(self.towards);
        let at = turn([x - origin[0], y - origin[1]]);
        Placed { x_m: at[0], y_m: at[1], height_m: self.height_m, towards: [tx, ty], tilt: self.tilt }
    }
}

/// A luminaire in the frame of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) x_m: f64,
    pub(crate) y_m: f64,
    pub(crate) height_m: f64,
    towards: [f64; 2],
    tilt: [f64; 2],
}

impl Placed {
    /// Candela per klm towards a point that lies (dx, dy) from the foot and `down_m` below the light.
    #[inline]
    pub(crate) fn cd_per_klm(&self, table: &Intensity, dx: f64, dy: f64, down_m: f64) -> f64 {
        // C0 is a quarter turn clockwise from C90.
        let along_c0 = dx * self.towards[1] - dy * self.towards[0];
        let level = dx * self.towards[0] + dy * self.towards[1];
        let along_c90 = level * self.tilt[1] - down_m * self.tilt[0];
        let down = level * self.tilt[0] + down_m * self.tilt[1];
        table.towards(along_c0, along_c90, down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_follows_its_points() {
        let curve = PowerCurve {
            points: vec![(0.1, 10.0), (0.5, 40.0), (1.0, 100.0)],
            standby_w: 1.5,
            reactive_var: -20.0,
            output_min: 0.1,
            supply: SupplyLaw::default(),
        };
        assert_eq!(curve.power_w(0.0), 1.5);
        assert_eq!(curve.power_w(0.5), 40.0);
        assert_eq!(curve.power_w(0.75), 70.0);
        assert_eq!(curve.rated_w(), 100.0);
        assert_eq!(PowerCurve::linear(100.0, 5.0, 1.0, 0.0, 0.1).power_w(0.5), 52.5);
    }

    #[test]
    fn a_lifted_luminaire_throws_farther() {
        // Only straight down there is light; lifted by 30°, it falls at tan 30° towards the road.
        let table = Intensity::from_fn(4, 181, |_, gamma_deg| if gamma_deg < 1.5 { 1.0 } else { 0.0 });
        let half: f64 = 0.5;
        let lifted = Placed {
            x_m: 0.0,
            y_m: 0.0,
            height_m: 10.0,
            towards: [0.0, 1.0],
            tilt: [half, (1.0 - half * half).sqrt()],
        };
        assert!(lifted.cd_per_klm(&table, 0.0, 0.577_35 * 10.0, 10.0) > 0.99);
        assert!(lifted.cd_per_klm(&table, 0.0, 0.0, 10.0) < 0.01);
    }
}
