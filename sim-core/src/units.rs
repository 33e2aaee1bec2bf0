//! Time, and the vehicle classes.

use serde::{Deserialize, Serialize};

/// Simulated time in whole milliseconds since local midnight of the start date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct SimTime(pub i64);

impl SimTime {
    /// The time at a number of seconds, rounded to the millisecond.
    pub fn from_s(seconds: f64) -> Self {
        Self((seconds * 1000.0).round() as i64)
    }
    /// In seconds.
    #[inline]
    pub fn s(self) -> f64 {
        self.0 as f64 / 1000.0
    }
    /// This time moved on by some milliseconds.
    #[inline]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }
}

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $sumo:literal;)*) => {
        /// The class of a vehicle: what lane permissions, counts and tables tell apart.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[repr(u8)]
        #[serde(rename_all = "snake_case")]
        pub enum VehicleClass { $($(#[$doc])* $name,)* }

        impl VehicleClass {
            /// All classes in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// Our word for the class, as tables show it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
            /// SUMO's word for the class.
            pub fn sumo_name(self) -> &'static str {
                match self { $(Self::$name => $sumo,)* }
            }
            /// The class by our word or by SUMO's.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|class| class.name() == name || class.sumo_name() == name)
            }
        }
    };
}

classes! {
    /// Passenger car.
    Car = "car", "passenger";
    /// Motorcycle or motor scooter.
    Motorcycle = "motorcycle", "motorcycle";
    /// Moped.
    Moped = "moped", "moped";
    /// Bicycle, also electric.
    Bicycle = "bicycle", "bicycle";
    /// Stand-up scooter.
    Scooter = "scooter", "scooter";
    /// Taxi.
    Taxi = "taxi", "taxi";
    /// City bus.
    Bus = "bus", "bus";
    /// Coach.
    Coach = "coach", "coach";
    /// Delivery van.
    Delivery = "delivery", "delivery";
    /// Truck.
    Truck = "truck", "truck";
    /// Truck with trailer.
    Trailer = "trailer", "trailer";
    /// Emergency vehicle.
    Emergency = "emergency", "emergency";
    /// Vehicle of an authority.
    Authority = "authority", "authority";
    /// Military vehicle.
    Army = "army", "army";
    /// Important person's vehicle.
    Vip = "vip", "vip";
    /// Private vehicle in the wide sense.
    Private = "private", "private";
    /// Vehicle with several people in it.
    Hov = "hov", "hov";
    /// Electric vehicle.
    Electric = "electric", "evehicle";
    /// Person on foot; only in permissions.
    Pedestrian = "pedestrian", "pedestrian";
    /// Wheelchair; only in permissions.
    Wheelchair = "wheelchair", "wheelchair";
    /// Tram.
    Tram = "tram", "tram";
    /// Light city rail.
    RailUrban = "rail_urban", "rail_urban";
    /// Heavy rail.
    Rail = "rail", "rail";
    /// Electric rail.
    RailElectric = "rail_electric", "rail_electric";
    /// High-speed rail.
    RailFast = "rail_fast", "rail_fast";
    /// Metro.
    Subway = "subway", "subway";
    /// Cable car.
    CableCar = "cable_car", "cable_car";
    /// Ship.
    Ship = "ship", "ship";
    /// Goods container.
    Container = "container", "container";
    /// Aircraft.
    Aircraft = "aircraft", "aircraft";
    /// Drone.
    Drone = "drone", "drone";
    /// First user class.
    Custom1 = "custom1", "custom1";
    /// Second user class.
    Custom2 = "custom2", "custom2";
    /// Ignores lane permissions (SUMO's `ignoring`).
    Ignoring = "ignoring", "ignoring";
}

impl VehicleClass {
    /// Whether the class rides on two wheels.
    pub fn is_two_wheeler(self) -> bool {
        matches!(self, Self::Motorcycle | Self::Moped | Self::Bicycle | Self::Scooter)
    }
}

/// A set of vehicle classes: the permissions of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct ClassSet(pub u64);

impl ClassSet {
    /// Every class.
    pub const ALL: Self = Self(u64::MAX);
    /// No class.
    pub const NONE: Self = Self(0);
    /// The set of these classes.
    pub fn of(classes: &[VehicleClass]) -> Self {
        classes.iter().fold(Self::NONE, |set, &class| set.with(class))
    }
    /// This set and one class more.
    pub fn with(self, class: VehicleClass) -> Self {
        Self(self.0 | 1 << class as u8)
    }
    /// This set without one class.
    pub fn without(self, class: VehicleClass) -> Self {
        Self(self.0 & !(1 << class as u8))
    }
    /// Whether a vehicle of the class may use what the set describes. The class `Ignoring` may use everything.
    #[inline]
    pub fn allows(self, class: VehicleClass) -> bool {
        class as u8 == VehicleClass::Ignoring as u8 || self.0 & (1 << class as u8) != 0
    }
    /// Classes in both sets.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// Whether any road vehicle may use what the set describes.
    pub fn allows_vehicles(self) -> bool {
        use VehicleClass as C;
        const { assert!(C::ALL.len() <= 64) };
        C::ALL.iter().any(|&c| !matches!(c, C::Pedestrian | C::Wheelchair | C::Ignoring) && self.allows(c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_are_found_in_both_vocabularies() {
        assert_eq!(VehicleClass::from_name("car"), Some(VehicleClass::Car));
        assert_eq!(VehicleClass::from_name("passenger"), Some(VehicleClass::Car));
        assert_eq!(VehicleClass::from_name("spaceship"), None);
    }

    #[test]
    fn ignoring_vehicles_may_use_every_lane() {
        let buses = ClassSet::of(&[VehicleClass::Bus]);
        assert!(buses.allows(VehicleClass::Bus) && buses.allows(VehicleClass::Ignoring));
        assert!(!buses.allows(VehicleClass::Car));
    }
}
