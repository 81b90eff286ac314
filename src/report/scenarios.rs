//! The scenarios that there are, as `samever/scenarios/1` and for people.

use std::io;

use serde::Serialize;

use crate::simulate::ScenarioFile;

use crate::report::{Report, Text, json};

/// Scenarios, in the order of their names.
#[derive(Debug, Serialize)]
pub(crate) struct ScenariosReport<'a> {
    scenarios: Vec<Named<'a>>,
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    name: &'a str,
    purpose: &'a str,
}

impl<'a> ScenariosReport<'a> {
    pub(crate) fn new(files: &'a [ScenarioFile]) -> Self {
        let named = files.iter().map(|file| Named {
            name: &file.name,
            purpose: &file.purpose,
        });
        let mut scenarios: Vec<_> = named.collect();
        scenarios.sort_by_key(|named| named.name);
        Self { scenarios }
    }
}

impl Report for ScenariosReport<'_> {
    fn text(&self, text: &mut Text) {
        for Named { name, purpose } in &self.scenarios {
            text.line(format!("{name}: {purpose}"));
        }
    }

    fn json(&self) -> io::Result<String> {
        json::document("samever/scenarios/1", self)
    }
}
