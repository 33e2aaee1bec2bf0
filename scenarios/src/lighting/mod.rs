//! Street lighting from files: photometry, classes and surfaces, inventories and how they are filled in, switching
//! times by sun and calendar, and from all of it the parts the simulation builds its lighting from.

pub mod rules;
pub mod photometry;
pub mod crs;
pub mod sun;
pub mod types;
pub mod street;
pub mod inventory;
pub mod street_rules;
pub mod generate;
pub mod programs;
pub mod talq;
pub mod sections;
pub mod section_parts;
mod compile;
pub mod plan;
pub mod volumes;
pub mod night;
pub mod yearly;
pub mod report;
pub mod sheet;
pub mod isolines;
pub mod per_lamp;
