//! The scenarios that ship inside the program: the folder `scenarios/`.

use crate::simulate::read::{ScenarioError, ScenarioFile, parse_scenario};

#[derive(rust_embed::Embed)]
#[folder = "scenarios/"]
struct Shipped;

/// Reads the scenarios that ship inside the program, in the order of their
/// names.
///
/// # Errors
///
/// One of them makes no sense.
pub fn shipped_scenarios() -> Result<Vec<ScenarioFile>, ScenarioError> {
    let mut names: Vec<String> = Shipped::iter()
        .filter_map(|path| path.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();
    let files = names.into_iter().map(|name| {
        let path = format!("{name}.yaml");
        let data = Shipped::get(&path)
            .map(|file| file.data)
            .unwrap_or_default();
        parse_scenario(&name, &format!("scenarios/{path}"), &data)
    });
    files.collect()
}
