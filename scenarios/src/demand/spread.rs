//! Parameters drawn per rider: a type with distributions becomes many kinds of riders, and each trip gets one of them.
//!
//! The kinds are a Latin hypercube: each distribution is cut into as many equally likely parts as there are kinds, one
//! value is drawn in each part, and the parts of different parameters are combined at random. So even a few dozen kinds
//! have the distributions that were asked for, and a vehicle in the simulation carries no more than the number of its
//! kind.

use std::borrow::Cow;

use sim_core::ids::VehicleTypeId;
use sim_core::rng::{Purpose, uniform, unit, words};
use sim_core::traffic::types::VehicleType;

use super::DemandSource;
use crate::parameters::{Distribution, find, position, reconcile};

/// Kinds of riders that a type with distributions becomes.
pub const N_KINDS: usize = 64;

/// A distribution of a parameter of a type.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// The type.
    pub vehicle_type: VehicleTypeId,
    /// Key of the parameter.
    pub key: &'static str,
    /// The distribution.
    pub distribution: Distribution,
    /// Factor on what is drawn.
    pub factor: f64,
}

/// All types of a run: those of the input first, then the kinds of those with distributions.
pub(super) struct Kinds<'s> {
    pub(super) types: Cow<'s, [VehicleType]>,
    /// The first kind of each type of the input; `None` for types of numbers alone.
    first: Vec<Option<u32>>,
}

impl<'s> Kinds<'s> {
    pub(super) fn draw(source: &'s DemandSource, seed: u64) -> Self {
        let mut kinds = Self { types: Cow::Borrowed(&source.types), first: vec![None; source.types.len()] };
        for owner in owners(source) {
            let made = made(source, owner, seed);
            kinds.first[owner.index()] = Some(kinds.types.len() as u32);
            kinds.types.to_mut().extend(made);
        }
        kinds
    }

    /// The kind of a vehicle whose draws have a key.
    pub(super) fn of(&self, vehicle_type: VehicleTypeId, seed: u64, key: u32) -> VehicleTypeId {
        match self.first[vehicle_type.index()] {
            None => vehicle_type,
            Some(first) => {
                let at = uniform(seed, Purpose::Rider, key, 0) * N_KINDS as f64;
                VehicleTypeId(first + (at as u32).min(N_KINDS as u32 - 1))
            }
        }
    }
}

/// Types with distributions, in order.
fn owners(source: &DemandSource) -> Vec<VehicleTypeId> {
    let mut owners: Vec<VehicleTypeId> = source.spreads.iter().map(|spread| spread.vehicle_type).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
}

/// The type of the input that a type of a run comes from.
pub fn base_type(source: &DemandSource, vehicle_type: VehicleTypeId) -> VehicleTypeId {
    match vehicle_type.index().checked_sub(source.types.len()) {
        None => vehicle_type,
        Some(kind) => owners(source).get(kind / N_KINDS).copied().unwrap_or(vehicle_type),
    }
}

/// The kinds of a type. Draws have step 0 for trips, and the parameter's position plus one for values.
fn made(source: &DemandSource, owner: VehicleTypeId, seed: u64) -> Vec<VehicleType> {
    let mut kinds = vec![source.types[owner.index()].clone(); N_KINDS];
    for spread in source.spreads.iter().filter(|spread| spread.vehicle_type == owner) {
        let (Some(parameter), Some(at)) = (find(spread.key), position(spread.key)) else { continue };
        let drawn = |kind: usize| words(seed, Purpose::Rider, owner.0 * N_KINDS as u32 + kind as u32, at as u64 + 1);
        let mut order: Vec<usize> = (0..N_KINDS).collect();
        order.sort_by_key(|&kind| (drawn(kind)[0], kind));
        for (part, &kind) in order.iter().enumerate() {
            let u = (part as f64 + unit(drawn(kind)[1])) / N_KINDS as f64;
            parameter.put(&mut kinds[kind], spread.factor * spread.distribution.quantile(u, parameter));
        }
    }
    kinds.iter_mut().for_each(reconcile);
    kinds
}

#[cfg(test)]
mod tests {
    use sim_core::units::VehicleClass;

    use super::*;
    use crate::parameters::Shape;

    fn source() -> DemandSource {
        let spread = |key, distribution| Spread { vehicle_type: VehicleTypeId(1), key, distribution, factor: 1.0 };
        let of = |distribution, mean, deviation, min, max| Distribution { distribution, mean, deviation, min, max };
        DemandSource {
            types: [VehicleClass::Car, VehicleClass::Motorcycle, VehicleClass::Bus]
                .map(VehicleType::own_default)
                .into(),
            spreads: vec![
                spread("tau_s", of(Shape::Normal, Some(0.8), Some(0.2), Some(0.3), None)),
                spread("accel_mps2", of(Shape::Uniform, None, None, Some(1.0), Some(3.0))),
            ],
            ..DemandSource::default()
        }
    }

    #[test]
    fn kinds_have_the_distributions_asked_for_and_no_correlation() {
        let source = source();
        let mut strongest: f64 = 0.0;
        for seed in 1..=8 {
            let kinds = Kinds::draw(&source, seed);
            let own = &kinds.types[3..];
            assert_eq!(own.len(), N_KINDS);
            let n = N_KINDS as f64;
            let mean = |value: fn(&VehicleType) -> f64| own.iter().map(value).sum::<f64>() / n;
            let (tau_s, accel) = (mean(|kind| kind.tau_s), mean(|kind| kind.accel_mps2));
            let deviation = (mean(|kind| kind.tau_s * kind.tau_s) - tau_s * tau_s).sqrt();
            assert!((tau_s - 0.8).abs() < 0.01 && (deviation - 0.2).abs() < 0.02, "{tau_s} {deviation}");
            assert!((accel - 2.0).abs() < 0.02, "{accel}");
            let product = mean(|kind| kind.tau_s * kind.accel_mps2) - tau_s * accel;
            strongest = strongest.max((product / (0.2 * 2.0 / 12.0_f64.sqrt())).abs());
        }
        assert!(strongest < 0.45, "a correlation of {strongest} between parameters drawn apart");
    }

    #[test]
    fn every_kind_gets_its_share_of_trips_and_is_known_by_its_type() {
        let source = source();
        let kinds = Kinds::draw(&source, 5);
        let mut n = [0_u32; N_KINDS];
        for key in 0..64_000 {
            let kind = kinds.of(VehicleTypeId(1), 5, key);
            assert_eq!(base_type(&source, kind), VehicleTypeId(1));
            n[kind.index() - 3] += 1;
        }
        assert!(n.iter().all(|&n| (850..1150).contains(&n)), "{n:?}");
        assert_eq!(kinds.of(VehicleTypeId(2), 5, 7), VehicleTypeId(2));
    }

    #[test]
    fn a_seed_gives_the_same_riders_and_numbers_alone_no_kinds() {
        let source = source();
        assert!(Kinds::draw(&source, 3).types == Kinds::draw(&source, 3).types);
        assert!(Kinds::draw(&source, 3).types != Kinds::draw(&source, 4).types);
        let plain = DemandSource { spreads: Vec::new(), ..source };
        assert!(matches!(Kinds::draw(&plain, 3).types, Cow::Borrowed(_)));
    }
}
