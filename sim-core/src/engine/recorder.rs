//! What a run leaves behind: trips, and sums over links and movements by interval.

use crate::city::City;
use crate::engine::params::RunParams;
use crate::engine::world::World;
use crate::ids::{Id, LaneId, LinkId, MovementId, TripId, VehicleTypeId};
use crate::kpi_rows_placeholder as _;
