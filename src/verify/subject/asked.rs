//! A question that was asked before, read from its line.

use std::collections::BTreeSet;
use std::sync::Arc;

use samever_core::Exclusion;
use serde::Deserialize;

use crate::verify::world::{History, Main, RecordCommit, TestVersion, World};

#[derive(Deserialize)]
struct Asked {
    declared: Option<String>,
    #[serde(rename = "override")]
    override_version: Option<String>,
    head: Commit,
    main_tip: Option<String>,
    canonical: Option<Commit>,
    published: Vec<String>,
    #[serde(default)]
    excluded: Vec<Excluded>,
    policy: Policy,
}

#[derive(Deserialize)]
struct Commit {
    version: Option<String>,
    commit: Option<String>,
}

#[derive(Deserialize)]
struct Excluded {
    version: String,
    reason: String,
}

#[derive(Deserialize)]
struct Policy {
    fallback: String,
    prereleases: bool,
}

/// Reads a question of `samever/resolver/1`. Its commits are read as far as they are equal or
/// unknown, and a declared reason as far as there is one: the trial gives them new words.
pub(crate) fn read_question(line: &str) -> Result<World, String> {
    let asked: Asked = serde_json::from_str(line)
        .map_err(|_| "it is no question of samever/resolver/1".to_owned())?;
    let version = |text: &String| {
        let (leading_v, name) = match text.strip_prefix('v') {
            Some(name) => (true, name),
            None => (false, text.as_str()),
        };
        let version =
            TestVersion::new(name).map_err(|error| format!("{text} is no version: {error}"))?;
        Ok::<_, String>(TestVersion {
            leading_v,
            ..version
        })
    };
    let optional = |text: Option<&String>| text.map(version).transpose();
    let is_head = |commit: &Option<String>| commit.is_some() && *commit == asked.head.commit;
    let record = asked
        .canonical
        .as_ref()
        .map(|canonical| match &canonical.commit {
            None => RecordCommit::Unknown,
            commit if is_head(commit) => RecordCommit::Head,
            commit if *commit == asked.main_tip => RecordCommit::Main,
            Some(_) => RecordCommit::Own,
        });
    let exclusions = asked.excluded.iter().map(|excluded| {
        let version = version(&excluded.version)?.version;
        let reason = excluded.reason.clone();
        Ok::<_, String>(Exclusion { version, reason })
    });
    let exclusions = exclusions.collect::<Result<Vec<_>, _>>()?;
    let tags: BTreeSet<_> = asked.published.iter().collect();
    if tags.len() < asked.published.len() {
        return Err("a tag is named twice".to_owned());
    }
    let main = match &asked.main_tip {
        None => Main::Unknown,
        tip if is_head(tip) => Main::IsHead,
        Some(_) => Main::Elsewhere,
    };
    Ok(World {
        head: optional(asked.head.version.as_ref())?,
        canonical: match &asked.canonical {
            Some(Commit { version: None, .. }) => {
                return Err("its canonical has no version".to_owned());
            }
            canonical => optional(
                canonical
                    .as_ref()
                    .and_then(|canonical| canonical.version.as_ref()),
            )?,
        },
        override_version: optional(asked.override_version.as_ref())?,
        declared: asked.declared.is_some(),
        main,
        release_first: match asked.policy.fallback.as_str() {
            "release-first" => true,
            "main-tip" => false,
            other => {
                return Err(format!(
                    "{other} is no fallback: there are main-tip and release-first"
                ));
            }
        },
        prereleases: asked.policy.prereleases,
        record,
        history: Arc::new(History::new(asked.published).excluding(&exclusions)),
    })
}

#[cfg(test)]
mod tests {
    use super::read_question;
    use crate::verify::subject::protocol_lines;
    use crate::verify::world::vocabulary::{ROWS, world_of_row};
    use crate::verify::world::{Answer, World};

    /// What a question says: its words are those of the seed.
    fn said(world: &World, seed: u64) -> String {
        protocol_lines(seed, &world.case(), &Answer::NoAnswer).0
    }

    #[test]
    fn every_question_of_the_vocabulary_is_read_as_it_was_asked() {
        for row in ROWS.iter() {
            let mut world = world_of_row(row);
            if world.canonical.is_none() {
                world.record = None;
            }
            let read = read_question(&said(&world, 3)).unwrap();
            // A canonical at a main tip that is the head's is one at the head.
            let alike = World {
                record: read.record,
                ..world.clone()
            };
            assert_eq!(read, alike);
            assert_eq!(said(&read, 9), said(&alike, 9));
        }
    }

    #[test]
    fn what_is_no_question_is_told() {
        let whole = said(&world_of_row(&ROWS[0]), 3);
        let told = [
            ("{}".to_owned(), "it is no question of samever/resolver/1"),
            (whole.replace("main-tip", "tip"), "tip is no fallback"),
            (
                whole.replace(":\"1.2.11+8\"", ":\"1.2\""),
                "1.2 is no version",
            ),
        ];
        for (line, message) in told {
            let error = read_question(&line).unwrap_err();
            assert!(error.contains(message), "{line}: {error}");
        }
    }
}
