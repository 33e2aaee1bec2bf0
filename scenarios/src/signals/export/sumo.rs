//! Plans as SUMO's `tlLogic` in an additional file.

use std::fmt::Write;

use quick_xml::escape::escape;
use sim_core::ids::SignalId;

use super::{NamedFile, seconds};
use crate::loaded::Loaded;

/// The programme's id: SUMO takes the programme that was loaded last, and the network's own is called otherwise.
const PROGRAM: &str = "citytwin";

/// `signals.add.xml`.
pub(super) fn file(loaded: &Loaded, signals: &[SignalId]) -> NamedFile {
    let mut text = String::from("<additional>\n");
    for &signal in signals {
        let plan = &loaded.signals.plans[signal];
        let id = escape(loaded.names.signals[signal.index()].as_str()).into_owned();
        let mut line = |words: String| writeln!(text, "{words}").expect("writing to memory cannot fail");
        let offset = seconds(plan.offset_ms);
        line(format!("    <tlLogic id=\"{id}\" type=\"static\" programID=\"{PROGRAM}\" offset=\"{offset}\">"));
        for phase in &plan.phases {
            let state: String = phase.aspects.iter().map(|aspect| aspect.letter()).collect();
            line(format!("        <phase duration=\"{}\" state=\"{state}\"/>", seconds(phase.duration_ms)));
        }
        line("    </tlLogic>".to_owned());
    }
    text.push_str("</additional>\n");
    ("signals.add.xml".to_owned(), text.into_bytes())
}
