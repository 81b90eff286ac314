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
    names.iter().map(|name| shipped_scenario(name)).collect()
}

/// Reads one of them by its name.
///
/// # Errors
///
/// There is none of that name, or it makes no sense.
pub(crate) fn shipped_scenario(name: &str) -> Result<ScenarioFile, ScenarioError> {
    let path = format!("{name}.yaml");
    let file = Shipped::get(&path);
    let content = file.map(|file| file.data).unwrap_or_default();
    parse_scenario(name, &format!("scenarios/{path}"), &content)
}

#[cfg(test)]
mod tests {
    use super::shipped_scenarios;
    use crate::simulate::read::{ScenarioFile, parse_scenario};

    /// The fields of a place in a file.
    const PLACE: [&str; 4] = ["line: ", "column: ", "offset: ", "len: "];

    /// What a scenario says, less where in the file it says so.
    fn said(file: &ScenarioFile) -> String {
        let text = format!("{:#?}", file.scenario);
        let is_place = |line: &&str| {
            let line = line.trim().trim_end_matches(',');
            let is_number = line.bytes().all(|byte| byte.is_ascii_digit());
            is_number || PLACE.iter().any(|key| line.starts_with(key))
        };
        let lines = text.lines().filter(|line| !is_place(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_shipped_scenario_is_read_back_as_it_was_written() {
        let files = shipped_scenarios().unwrap();
        assert!(files.len() > 40);
        for file in files {
            let written = file.scenario.to_yaml(&file.purpose);
            let again = parse_scenario(&file.name, &file.path, written.as_bytes());
            let again = again.unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(again.purpose, file.purpose);
            assert!(said(&again) == said(&file), "{written}");
        }
    }
}
