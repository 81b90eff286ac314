//! No value without teeth: to each value of each axis a mutant of its own, which only the questions
//! of that value kill. Each is a resolver that sees a question differently where it has what the
//! value puts there, and the chain elsewhere.

mod facts;

use std::sync::Arc;

use samever_core::{PublishedVersion, Version};

use crate::verify::world::World;
use crate::verify::world::case::{History, Main, RecordCommit, TestVersion};
use crate::verify::world::vocabulary::axes::AXES;
use crate::verify::world::vocabulary::draft::{Draft, HEAD, TARGET};
use crate::verify::world::vocabulary::{ROWS, world_of_row};
use facts::{Facts, Seen, lists, shown, split};

/// The mutant of a value.
fn mutant(axis: &str, value: usize, facts: &Facts<'_>) -> Seen {
    let mut draft = Draft::PLAIN;
    let named = AXES
        .iter()
        .find(|other| other.name == axis)
        .expect("it is an axis");
    (named.values[value].set)(&mut draft);
    match axis {
        "real tags" => real(&draft, facts),
        "near-version" => near_version(draft.junk, facts),
        "commit of the canonical" => record(draft.record, facts),
        "main tip" => main_tip(draft.main, facts),
        "policy" => policy((draft.release_first, draft.prereleases), facts),
        "declared" => declared(draft.declared, facts),
        // A real list has all kinds of versions, and the oldest of some rows stand among those that only
        // fill a history.
        _ if facts.is_real || facts.begins_as_fillers_do() => None,
        "versions differ in" => Some(part(value, facts)),
        "number" => Some(number(draft.centre, facts)),
        "other numbers" => Some(others(draft.others, facts)),
        "lower numbers" => lower(draft.lower, facts),
        "app version" => app(draft.app, facts),
        "pre-release" => pre(draft.pre, facts),
        "spelling of tags" => spelling(value, facts),
        "tags" => {
            let is_it = facts.count == draft.total || draft.total == 0 && facts.count < 20;
            facts.blind_if(is_it)
        }
        "newer tags" => facts.blind_if(facts.is_below_many == (draft.newer > 0)),
        "order of tags" => order(value, facts),
        "head" => head(value, facts),
        "canonical" => canonical(value, facts),
        "excluded" => excluded(value, facts),
        "override" => override_version(value, facts),
        _ => None,
    }
}

/// Tags of this list are not read.
fn real(draft: &Draft, facts: &Facts<'_>) -> Seen {
    let Some(list) = draft.real else {
        return facts.blind_if(!facts.is_real);
    };
    let mut counts = lists().zip(&facts.listed);
    let (_, listed) = counts.find(|(other, _)| *other == list)?;
    facts.blind_if(*listed > 2 && facts.listed.iter().max() == Some(listed))
}

/// One part of a version does not count.
fn part(value: usize, facts: &Facts<'_>) -> World {
    facts.read_as(|version| {
        let ([mut major, mut minor, mut patch], mut pre, mut app) = split(version);
        match value {
            0 => patch = 0,
            1 => minor = 1,
            2 => major = 1,
            3 if !pre.is_empty() => "-x".clone_into(&mut pre),
            4 if !app.is_empty() => "+x".clone_into(&mut app),
            _ => {}
        }
        format!("{major}.{minor}.{patch}{pre}{app}")
    })
}

/// Numbers of this size are one.
fn number(centre: u64, facts: &Facts<'_>) -> World {
    let centre = u128::from(centre);
    facts.read_as(|version| {
        let (numbers, pre, app) = split(version);
        let [major, minor, patch] = numbers.map(|number| {
            if (centre - 3..=centre + 2).contains(&number) {
                centre.min(u128::from(u64::MAX))
            } else {
                number
            }
        });
        format!("{major}.{minor}.{patch}{pre}{app}")
    })
}

/// Versions with these numbers in front are not seen.
fn others(first: u64, facts: &Facts<'_>) -> World {
    let front = format!("{first}.{}.", first + 1);
    facts.without(|version| version.version().to_string().starts_with(&front))
}

/// Releases of another minor are not seen, by how their patch compares with the head's.
fn lower(lower: u64, facts: &Facts<'_>) -> Seen {
    let head = facts.head.as_ref()?;
    let ([major, minor, patch], ..) = split(head);
    Some(facts.without(|version| {
        let ([other_major, other_minor, other_patch], ..) = split(version.version());
        let range = match lower {
            0 => patch..=patch,
            1 => patch + 1..=patch + 4,
            _ => patch + 1_000..=u128::MAX,
        };
        (other_major, other_minor < minor) == (major, true) && range.contains(&other_patch)
    }))
}

/// One app version of the six is not seen beside another.
fn app(mut apps: [&str; 6], facts: &Facts<'_>) -> Seen {
    let app = |version: &Version| split(version).2;
    if apps[0].is_empty() {
        let mut versions = facts.versions.iter();
        return facts.blind_if(versions.all(|version| app(version.version()).is_empty()));
    }
    apps.sort_by_key(|app| Version::parse(&format!("1.0.0+{app}")).unwrap());
    let (base, head) = (format!("+{}", apps[TARGET]), format!("+{}", apps[HEAD]));
    let is_it = facts
        .head
        .as_ref()
        .is_some_and(|version| app(version) == head);
    is_it.then(|| facts.without(|version| app(version.version()) == base))
}

/// One pre-release of the six is not seen beside another.
fn pre(mut pres: [&str; 6], facts: &Facts<'_>) -> Seen {
    let pre = |version: &Version| split(version).1;
    if pres[0].is_empty() {
        let mut versions = facts.versions.iter();
        return facts.blind_if(versions.all(|version| pre(version.version()).is_empty()));
    }
    pres.sort_by_key(|pre| Version::parse(&format!("1.0.0-{pre}")).unwrap());
    let (base, head) = (format!("-{}", pres[TARGET]), format!("-{}", pres[HEAD]));
    let is_it = facts
        .head
        .as_ref()
        .is_some_and(|version| pre(version) == head);
    is_it.then(|| facts.without(|version| pre(version.version()) == base))
}

fn spelling(value: usize, facts: &Facts<'_>) -> Seen {
    let has_v = |version: &PublishedVersion| version.tag().starts_with('v');
    let v = facts
        .versions
        .iter()
        .filter(|version| has_v(version))
        .count();
    let has_app = |version: &PublishedVersion| !split(version.version()).2.is_empty();
    let twin = |version: &PublishedVersion| {
        let is_twin = |other: &&PublishedVersion| other.version() == version.version();
        facts.versions.iter().filter(is_twin).count() > 1
    };
    // The one version that is also tagged without its app version.
    let same_as = |version: &PublishedVersion| -> Vec<&PublishedVersion> {
        let is_same =
            |other: &&PublishedVersion| other.version().is_same_version(version.version());
        facts.versions.iter().filter(is_same).collect()
    };
    let bare = |version: &PublishedVersion| {
        let same = same_as(version);
        let bare = same.iter().find(|version| !has_app(version));
        same.len() == 2
            && same.iter().any(|same| has_app(same))
            && bare.is_some_and(|bare| same_as(bare).len() == 2)
    };
    let head = facts.head.as_ref()?;
    let is_head = |version: &PublishedVersion| version.version().is_same_version(head);
    let heads: Vec<_> = facts
        .versions
        .iter()
        .filter(|version| version.version() == head)
        .collect();
    match value {
        0 => facts.blind_if(v == 0 && facts.versions.iter().all(has_app) && !heads.is_empty()),
        1 => facts.blind_if(v > 1 && v == facts.versions.len()),
        2 if v == 1 => Some(facts.without(|version| has_v(version) && !twin(version))),
        3 if v > 1 => Some(facts.without(|version| !has_v(version) && !twin(version))),
        4 => Some(facts.without(|version| version.version() != head && twin(version))),
        5 => facts.blind_if(heads.iter().any(|head| twin(head))),
        6 => facts.blind_if(heads.iter().any(|head| bare(head))),
        7 => Some(facts.without(|version| !is_head(version) && bare(version))),
        _ => None,
    }
}

/// A name that is nearly a version is taken for one.
fn near_version(junk: Option<fn(&str, &str) -> String>, facts: &Facts<'_>) -> Seen {
    let tags = facts.world.history.tags();
    let Some(junk) = junk else {
        return facts.blind_if(
            tags.iter()
                .all(|tag| PublishedVersion::from_tag(tag).is_ok()),
        );
    };
    // What the value puts around a name, or behind three numbers.
    let made = junk("\u{1}", "7.8.9");
    let is_nearly = |tag: &str| {
        if let Some((before, behind)) = made.split_once('\u{1}') {
            let name = tag
                .strip_prefix(before)
                .and_then(|tag| tag.strip_suffix(behind));
            return name.is_some_and(|name| Version::parse(name).is_ok());
        }
        if let Some(behind) = made.strip_prefix("7.8.9") {
            let core = tag
                .strip_suffix(behind)
                .filter(|core| !core.contains(['-', '+']));
            return core.is_some_and(|core| Version::parse(core).is_ok());
        }
        let script = |letter: char| match u32::from(letter) {
            0..0x80 => 0,
            0x0660..=0x0669 => 1,
            0xff10..=0xff19 => 2,
            _ => 3,
        };
        let shape = |text: &str| {
            let is_large = text.ends_with(".18446744073709551616") && !text.contains('+');
            (
                text.split('.').count(),
                is_large,
                text.contains(|letter: char| letter.is_ascii_digit()),
                text.chars().map(script).max(),
            )
        };
        shape(tag) == shape(&made)
    };
    let mut junk = tags
        .iter()
        .filter(|tag| PublishedVersion::from_tag(tag).is_err());
    facts.blind_if(junk.any(|tag| is_nearly(tag)))
}

fn order(value: usize, facts: &Facts<'_>) -> Seen {
    let tags = facts.world.history.tags().iter();
    let tags: Vec<_> = tags
        .filter_map(|tag| PublishedVersion::from_tag(tag).ok())
        .collect();
    let names: Vec<_> = tags.iter().map(PublishedVersion::tag).collect();
    let up = tags
        .windows(2)
        .all(|two| two[0].version() <= two[1].version());
    let down = tags
        .windows(2)
        .all(|two| two[0].version() >= two[1].version());
    let (text_up, text_down) = (names.is_sorted(), names.iter().rev().is_sorted());
    let is_filler = |name: Option<&String>| name.is_some_and(|name| name.starts_with("0.0."));
    let is_around = is_filler(names.first()) && is_filler(names.last());
    let row_down = facts
        .versions
        .windows(2)
        .all(|two| two[0].version() >= two[1].version());
    let row_up = facts
        .versions
        .windows(2)
        .all(|two| two[0].version() <= two[1].version());
    facts.blind_if(match value {
        0 => up && !text_up && is_filler(names.first()),
        1 => down && !text_down,
        2 => text_up && !up,
        3 => text_down && !down,
        4 => is_around && row_up,
        _ => is_around && row_down,
    })
}

fn head(value: usize, facts: &Facts<'_>) -> Seen {
    let Some(head) = &facts.head else {
        let seen = World {
            head: facts
                .versions
                .first()
                .map(|version| TestVersion::of(version.version().clone())),
            ..facts.world.clone()
        };
        return (value == 6).then_some(seen);
    };
    let has_app = |version: &Version| !split(version).2.is_empty();
    let apps = facts
        .versions
        .iter()
        .any(|version| has_app(version.version()));
    let newer = facts
        .versions
        .iter()
        .any(|version| head.is_older_than(version.version()));
    let mut versions = facts.versions.iter();
    let is_oldest = versions.all(|version| head <= version.version());
    let full = has_app(head) && !facts.older.is_empty();
    match value {
        0 => facts.blind_if(full && facts.is_tagged(head) && !newer),
        1 => facts.blind_if(full && !facts.is_tagged(head) && !newer),
        2 => facts.blind_if(full && facts.is_tagged(head) && newer),
        3 => facts.blind_if(full && !facts.is_tagged(head) && newer),
        4 => facts.blind_if(apps && !has_app(head)),
        5 if facts.versions.len() > 2 && is_oldest && facts.is_tagged(head) => Some(World {
            head: None,
            ..facts.world.clone()
        }),
        _ => None,
    }
}

fn canonical(value: usize, facts: &Facts<'_>) -> Seen {
    let none = || {
        Some(World {
            canonical: None,
            ..facts.world.clone()
        })
    };
    let Some(canonical) = &facts.world.canonical else {
        let newest = facts
            .versions
            .first()
            .map(|version| TestVersion::of(version.version().clone()));
        return (value == 8).then_some(World {
            canonical: newest,
            ..facts.world.clone()
        });
    };
    let head = facts.head.as_ref().filter(|_| !facts.older.is_empty())?;
    let version = &canonical.version;
    let has_app = !split(version).2.is_empty();
    let is_base = facts
        .older
        .first()
        .is_some_and(|base| base.version().is_same_version(version));
    let is_older = version.is_older_than(head);
    let is_same = |other: &&PublishedVersion| other.version().is_same_version(version);
    let is_one = facts.versions.iter().filter(is_same).count() == 1;
    let is_it = match value {
        0 => version == head && has_app,
        1 => is_base && is_older && has_app && !canonical.leading_v,
        2 => is_older && facts.is_tagged(version) && !is_base && has_app,
        3 => head.is_older_than(version),
        4 => is_older && !facts.is_tagged(version) && has_app,
        5 => {
            is_base
                && is_one
                && !has_app
                && facts
                    .older
                    .first()
                    .is_some_and(|base| !split(base.version()).2.is_empty())
        }
        6 => canonical.leading_v,
        7 => is_one && !has_app && version.is_same_version(head) && version != head,
        _ => false,
    };
    if is_it { none() } else { None }
}

fn record(record: RecordCommit, facts: &Facts<'_>) -> Seen {
    let is_it = facts.world.canonical.is_some() && facts.world.record == Some(record);
    is_it.then(|| World {
        canonical: None,
        ..facts.world.clone()
    })
}

fn main_tip(main: Main, facts: &Facts<'_>) -> Seen {
    let other = if main == Main::IsHead {
        Main::Elsewhere
    } else {
        Main::IsHead
    };
    (facts.world.main == main).then(|| World {
        main: other,
        ..facts.world.clone()
    })
}

fn excluded(value: usize, facts: &Facts<'_>) -> Seen {
    let excluded = facts.world.history.excluded();
    let is = |at: usize| {
        let version = facts.older.get(at).map(PublishedVersion::version);
        version.is_some_and(|version| {
            excluded
                .iter()
                .any(|exclusion| exclusion.version == *version)
        })
    };
    let head = facts.head.as_ref()?;
    let is_head = excluded.iter().any(|exclusion| exclusion.version == *head);
    let all = || {
        Some(World {
            history: Arc::new(History::new(facts.world.history.tags().to_vec())),
            ..facts.world.clone()
        })
    };
    match value {
        0 => facts.blind_if(excluded.is_empty() && facts.is_tagged(head)),
        1 if excluded.len() == 1 && is(0) => all(),
        2 => facts.blind_if(excluded.len() == 1 && is(1) && !is(0)),
        3 if excluded.len() == 2 && is(0) && is(1) => all(),
        4 if excluded.len() == 3 => all(),
        5 => facts.blind_if(is_head),
        _ => None,
    }
}

fn policy((release_first, prereleases): (bool, bool), facts: &Facts<'_>) -> Seen {
    let world = facts.world;
    let is_it = (world.release_first, world.prereleases) == (release_first, prereleases);
    // Where pre-releases are allowed, it is the fallback that is seen wrong.
    is_it.then(|| World {
        release_first: release_first != prereleases,
        prereleases: true,
        ..world.clone()
    })
}

fn override_version(value: usize, facts: &Facts<'_>) -> Seen {
    let Some(wanted) = &facts.world.override_version else {
        return facts.blind_if(value == 0);
    };
    let head = facts.head.as_ref().filter(|_| !facts.older.is_empty())?;
    let version = &wanted.version;
    let is_full = |other: &PublishedVersion| {
        other.version().is_same_version(version) && !split(other.version()).2.is_empty()
    };
    let (has_app, is_tagged) = (!split(version).2.is_empty(), facts.is_tagged(version));
    let is_it = match value {
        1 => has_app && is_tagged && version.is_older_than(head) && !wanted.leading_v,
        2 => version == head,
        3 => head.is_older_than(version),
        4 => has_app && !is_tagged && version.is_older_than(head),
        5 => !has_app && facts.versions.iter().any(is_full),
        6 => wanted.leading_v,
        _ => false,
    };
    is_it.then(|| World {
        override_version: None,
        ..facts.world.clone()
    })
}

fn declared(declared: bool, facts: &Facts<'_>) -> Seen {
    if declared != facts.world.declared {
        return None;
    }
    if declared {
        Some(World {
            declared: false,
            ..facts.world.clone()
        })
    } else {
        facts.blind()
    }
}

/// Takes the value away and sees its mutant survive; puts it back and sees the mutant killed.
#[test]
fn every_value_of_every_axis_has_a_mutant_that_only_it_kills() {
    let worlds: Vec<_> = ROWS.iter().map(|row| (row, world_of_row(row))).collect();
    let facts = worlds.iter().map(|(row, world)| (*row, Facts::of(world)));
    let facts: Vec<_> = facts.collect();
    let mut toothless = Vec::new();
    for (at, axis) in AXES.iter().enumerate() {
        for (number, value) in axis.values.iter().enumerate() {
            let (mut kills, mut others) = (0, Vec::new());
            for (row, facts) in &facts {
                let Some(seen) = mutant(axis.name, number, facts) else {
                    continue;
                };
                let is_killed = shown(&seen, facts.world) != facts.honest;
                match (is_killed, row[at] == number) {
                    (true, true) => kills += 1,
                    (true, false) => others.push(facts.world.case().to_string()),
                    (false, _) => {}
                }
            }
            if kills == 0 || !others.is_empty() {
                toothless.push(format!(
                    "{}, {}: {kills} questions of it kill, and {} of others such as {:?}",
                    axis.name,
                    value.name,
                    others.len(),
                    others.first()
                ));
            }
        }
    }
    assert!(toothless.is_empty(), "{}", toothless.join("\n"));
}
