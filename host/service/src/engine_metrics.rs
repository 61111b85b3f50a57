//! The metrics of an engine: what all tenants of the process have together, of what they may have.

use std::fmt::{self, Write};

use ossicle::{Level, Usage};

use crate::prometheus::head;

/// Writes how much there is of each thing that tenants share, and how much there may be where that is limited.
pub(crate) fn write(text: &mut String, usage: &Usage) -> fmt::Result {
    let levels = [
        ("instances", "", "Instances of components", usage.instances),
        ("memory", "_bytes", "Linear memory of instances", usage.memory),
        ("connections", "", "Connections that are open or being made", usage.connections),
        ("lookups", "", "Names that are being looked up", usage.lookups),
    ];
    for (name, unit, about, Level { used, most, .. }) in levels {
        let used_name = format!("ossicle_engine_{name}{unit}");
        head(text, &used_name, "gauge", &format!("{about}, of all tenants"))?;
        writeln!(text, "{used_name} {used}")?;
        let Some(most) = most else { continue };
        let limit_name = format!("ossicle_engine_{name}_limit{unit}");
        head(text, &limit_name, "gauge", &format!("{about}, how many there may be"))?;
        writeln!(text, "{limit_name} {most}")?;
    }
    Ok(())
}
