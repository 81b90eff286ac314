//! The external networks that a recipe expects, such as that of its proxy.
//!
//! One that samever makes has a label. Each run and each sweep removes those that no
//! stack uses: the engine keeps the others.

use crate::deploy::swarm::engine::{EngineError, ask, ask_words, has, refusable};

/// The label of a network that samever has made.
const MADE: &str = "samever.external";

/// What the engine says of a network that is there already.
const IS_THERE: [&str; 2] = ["already exists", "name conflicts with an existing object"];

/// The names of which the engine has no network.
pub(super) fn missing(names: &[String]) -> Result<Vec<String>, EngineError> {
    let mut missing = Vec::new();
    for name in names {
        if !has("network", name)? {
            missing.push(name.clone());
        }
    }
    Ok(missing)
}

/// Makes a network to which the tasks of any stack can be attached.
pub(super) fn make(name: &str) -> Result<(), EngineError> {
    let label = format!("{MADE}={name}");
    let args = [
        "network",
        "create",
        "--driver",
        "overlay",
        "--attachable",
        "--label",
        &label,
        "--",
        name,
    ];
    match ask(&args) {
        // Another run has made it in the meantime.
        Err(EngineError::Refused(why)) if IS_THERE.iter().any(|sign| why.contains(sign)) => Ok(()),
        made => made.map(|_| ()),
    }
}

/// Removes the networks that samever has made and that no stack uses.
pub(super) fn remove_made() -> Result<(), EngineError> {
    let filter = format!("label={MADE}");
    for id in ask_words(&["network", "ls", "--quiet", "--filter", &filter])? {
        let _ = refusable(ask(&["network", "rm", &id]))?;
    }
    Ok(())
}
