//! Objects with their properties in the order in which they were said.

use std::path::PathBuf;

use crate::error::Problem;

/// A property as it was said.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Property {
    /// Its full name.
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) file: PathBuf,
    pub(super) line: usize,
}

impl Property {
    /// A problem with the value.
    pub(super) fn problem(&self, message: &str) -> Problem {
        Problem::new(&self.file, message).line(self.line).field(self.name, &self.value)
    }
}

/// An object.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Object {
    pub(super) class: &'static str,
    /// In lower case.
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) properties: Vec<Property>,
    pub(super) is_enabled: bool,
    /// Terminals opened by the command `open`.
    pub(super) is_open: bool,
}

impl Object {
    /// A problem with the object.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(&self.file, message).line(self.line).field(self.class, &self.name)
    }
}

/// A class and its properties in OpenDSS's order, which decides what an abbreviation means.
pub(super) struct Class {
    pub(super) name: &'static str,
    /// Properties that are understood, or have no bearing on a steady state (marked by `-`), or are refused (by `!`).
    properties: &'static [&'static str],
    /// Whether its objects only record or control, and are passed over with a note.
    pub(super) is_passed_over: bool,
}

/// What a property name stands for.
pub(super) enum Meaning {
    /// Understood.
    Known(&'static str),
    /// Without bearing.
    Idle(&'static str),
    /// Not read.
    Refused(&'static str),
    /// No such property.
    Unknown,
}

const fn class(name: &'static str, properties: &'static [&'static str]) -> Class {
    Class { name, properties, is_passed_over: false }
}
const fn passed_over(name: &'static str) -> Class {
    Class { name, properties: &[], is_passed_over: true }
}

/// The classes there are for us.
pub(super) const CLASSES: &[Class] = &[
    class(
        "vsource",
        &[
            "bus1",
            "basekv",
            "pu",
            "angle",
            "frequency",
            "phases",
            "mvasc3",
            "mvasc1",
            "x1r1",
            "x0r0",
            "isc3",
            "isc1",
            "r1",
            "x1",
            "r0",
            "x0",
            "!scantype",
            "-sequence",
            "!bus2",
            "!z1",
            "!z0",
            "!z2",
            "!puz1",
            "!puz0",
            "!puz2",
            "-basemva",
            "!yearly",
            "!daily",
            "!duty",
            "-model",
            "-puzideal",
            "-spectrum",
            "basefreq",
            "enabled",
            "!like",
        ],
    ),
    class(
        "linecode",
        &[
            "nphases",
            "r1",
            "x1",
            "r0",
            "x0",
            "c1",
            "c0",
            "units",
            "rmatrix",
            "xmatrix",
            "cmatrix",
            "basefreq",
            "normamps",
            "-emergamps",
            "-faultrate",
            "-pctperm",
            "-repair",
            "!kron",
            "-rg",
            "-xg",
            "-rho",
            "neutral",
            "b1",
            "b0",
            "-seasons",
            "-ratings",
            "-linetype",
            "!like",
        ],
    ),
    class(
        "line",
        &[
            "bus1",
            "bus2",
            "linecode",
            "length",
            "phases",
            "r1",
            "x1",
            "r0",
            "x0",
            "c1",
            "c0",
            "rmatrix",
            "xmatrix",
            "cmatrix",
            "switch",
            "-rg",
            "-xg",
            "-rho",
            "!geometry",
            "units",
            "!spacing",
            "!wires",
            "-earthmodel",
            "!cncables",
            "!tscables",
            "b1",
            "b0",
            "-seasons",
            "-ratings",
            "-linetype",
            "normamps",
            "-emergamps",
            "-faultrate",
            "-pctperm",
            "-repair",
            "basefreq",
            "enabled",
            "!like",
        ],
    ),
    class(
        "transformer",
        &[
            "phases",
            "windings",
            "wdg",
            "bus",
            "conn",
            "kv",
            "kva",
            "tap",
            "%r",
            "!rneut",
            "!xneut",
            "buses",
            "conns",
            "kvs",
            "kvas",
            "taps",
            "xhl",
            "-xht",
            "-xlt",
            "!xscarray",
            "-thermal",
            "-n",
            "-m",
            "-flrise",
            "-hsrise",
            "%loadloss",
            "%noloadloss",
            "-normhkva",
            "-emerghkva",
            "-sub",
            "-maxtap",
            "-mintap",
            "-numtaps",
            "-subname",
            "%imag",
            "-ppm_antifloat",
            "%rs",
            "-bank",
            "!xfmrcode",
            "-xrconst",
            "x12",
            "-x13",
            "-x23",
            "leadlag",
            "!wdgcurrents",
            "-core",
            "-rdcohms",
            "-seasons",
            "-ratings",
            "-normamps",
            "-emergamps",
            "-faultrate",
            "-pctperm",
            "-repair",
            "-basefreq",
            "enabled",
            "!like",
        ],
    ),
    class(
        "load",
        &[
            "phases",
            "bus1",
            "kv",
            "kw",
            "pf",
            "model",
            "yearly",
            "daily",
            "!duty",
            "-growth",
            "conn",
            "kvar",
            "!rneut",
            "!xneut",
            "-status",
            "-class",
            "vminpu",
            "vmaxpu",
            "-vminnorm",
            "-vminemerg",
            "!xfkva",
            "!allocationfactor",
            "kva",
            "-%mean",
            "-%stddev",
            "!cvrwatts",
            "!cvrvars",
            "!kwh",
            "!kwhdays",
            "!cfactor",
            "!cvrcurve",
            "-numcust",
            "zipv",
            "-%seriesrl",
            "-relweight",
            "vlowpu",
            "!puxharm",
            "!xrharm",
            "-spectrum",
            "-basefreq",
            "enabled",
            "!like",
        ],
    ),
    class(
        "capacitor",
        &[
            "bus1",
            "!bus2",
            "phases",
            "kvar",
            "kv",
            "conn",
            "!cmatrix",
            "!cuf",
            "!r",
            "!xl",
            "-harm",
            "-numsteps",
            "states",
            "-normamps",
            "-emergamps",
            "-faultrate",
            "-pctperm",
            "-repair",
            "-basefreq",
            "enabled",
            "!like",
        ],
    ),
    class(
        "loadshape",
        &[
            "npts",
            "interval",
            "mult",
            "!hour",
            "-mean",
            "-stddev",
            "!csvfile",
            "!sngfile",
            "!dblfile",
            "!action",
            "qmult",
            "useactual",
            "!pmax",
            "!qmax",
            "sinterval",
            "minterval",
            "pbase",
            "qbase",
            "pmult",
            "!pqcsvfile",
            "-memorymapping",
            "!like",
        ],
    ),
    passed_over("monitor"),
    passed_over("energymeter"),
    passed_over("sensor"),
    passed_over("regcontrol"),
    passed_over("spectrum"),
    passed_over("growthshape"),
    passed_over("tcc_curve"),
    passed_over("recloser"),
    passed_over("relay"),
    passed_over("fuse"),
    passed_over("swtcontrol"),
    passed_over("capcontrol"),
];

impl Class {
    /// The class of a name.
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        CLASSES.iter().find(|class| class.name == name)
    }

    /// What a property name or its abbreviation stands for.
    pub(super) fn meaning(&self, name: &str) -> Meaning {
        let plain = |property: &'static str| property.trim_start_matches(['-', '!']);
        let exact = self.properties.iter().find(|property| plain(property) == name);
        match exact.or_else(|| self.properties.iter().find(|property| plain(property).starts_with(name))) {
            Some(property) if property.starts_with('-') => Meaning::Idle(plain(property)),
            Some(property) if property.starts_with('!') => Meaning::Refused(plain(property)),
            Some(property) => Meaning::Known(property),
            None => Meaning::Unknown,
        }
    }

    /// The properties that are understood.
    pub(super) fn known(&self) -> Vec<&'static str> {
        self.properties.iter().copied().filter(|property| !property.starts_with(['-', '!'])).collect()
    }
}
