//! What a mutant knows of a question, and how it can see it differently.

use std::sync::Arc;

use samever_core::{Exclusion, PublishedVersion, Version};

use crate::verify::subject::built_in;
use crate::verify::world::case::{History, TestVersion};
use crate::verify::world::vocabulary::axes::AXES;
use crate::verify::world::vocabulary::draft::Draft;
use crate::verify::world::{Answer, World};

/// The question as a mutant sees it; `None` where it is honest.
pub(super) type Seen = Option<World>;

/// A question, and what a mutant knows of it.
pub(super) struct Facts<'a> {
    pub(super) world: &'a World,
    /// What the chain answers.
    pub(super) honest: Shown,
    /// How many of the tags are those of each real list.
    pub(super) listed: Vec<usize>,
    /// The versions that are tagged, without the oldest, which only fill a history.
    pub(super) versions: Vec<PublishedVersion>,
    /// Those that are older than the head, the newest first.
    pub(super) older: Vec<PublishedVersion>,
    pub(super) head: Option<Version>,
    /// Whether most of the tags are those of a real list.
    pub(super) is_real: bool,
    /// How many tags are versions.
    pub(super) count: usize,
    /// Whether many tags are newer than all others.
    pub(super) is_below_many: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        let tags = world.history.tags();
        let read = tags
            .iter()
            .filter_map(|tag| PublishedVersion::from_tag(tag).ok());
        let all: Vec<_> = read.collect();
        let newest = all.iter().map(PublishedVersion::tag);
        let newest = newest.filter(|tag| is_filler(tag) && !tag.starts_with("0.0."));
        let is_filler = |version: &PublishedVersion| is_filler(&version.tag());
        let versions: Vec<_> = all
            .iter()
            .filter(|version| !is_filler(version))
            .cloned()
            .collect();
        let head = world.head.as_ref().map(|head| head.version.clone());
        let is_older = |version: &&PublishedVersion| {
            head.as_ref()
                .is_some_and(|head| version.version().is_older_than(head))
        };
        let mut older: Vec<_> = versions.iter().filter(is_older).cloned().collect();
        older.sort_by(|left, right| right.version().cmp(left.version()));
        let of_list = lists().map(|list| {
            let names: Vec<_> = versions.iter().map(PublishedVersion::tag).collect();
            names.iter().filter(|name| holds(list, name)).count()
        });
        let listed: Vec<usize> = of_list.collect();
        Self {
            world,
            honest: shown(world, world),
            is_real: listed.iter().any(|listed| *listed > 2),
            listed,
            count: all.len(),
            is_below_many: newest.count() > 200,
            versions,
            older,
            head,
        }
    }

    /// The same question, seen with other names of its tags, which keep their places.
    pub(super) fn with_tags(&self, seen: impl Fn(&str) -> String) -> World {
        let tags = self.world.history.tags().iter().map(|tag| seen(tag));
        self.world.with_tags(tags.collect())
    }

    /// The same question without the tags of some versions.
    pub(super) fn without(&self, gone: impl Fn(&PublishedVersion) -> bool) -> World {
        self.with_tags(|tag| match PublishedVersion::from_tag(tag) {
            Ok(version) if !is_filler(tag) && gone(&version) => format!("gone/{tag}"),
            Ok(_) | Err(_) => tag.to_owned(),
        })
    }

    /// The same question with every version read in another way: the tags and what is asked.
    pub(super) fn read_as(&self, read: impl Fn(&Version) -> String) -> World {
        let version = |version: &Option<TestVersion>| {
            let version = version.as_ref()?;
            Some(TestVersion {
                leading_v: version.leading_v,
                ..TestVersion::new(&read(&version.version)).unwrap()
            })
        };
        let tags =
            self.world
                .history
                .tags()
                .iter()
                .map(|tag| match PublishedVersion::from_tag(tag) {
                    Ok(version) if !is_filler(tag) => {
                        let v = if tag.starts_with('v') { "v" } else { "" };
                        format!("{v}{}", read(version.version()))
                    }
                    Ok(_) | Err(_) => tag.clone(),
                });
        let excluded = self
            .world
            .history
            .excluded()
            .iter()
            .map(|excluded| Exclusion {
                version: Version::parse(&read(&excluded.version)).unwrap(),
                ..excluded.clone()
            });
        let excluded: Vec<_> = excluded.collect();
        World {
            history: Arc::new(History::new(tags.collect()).excluding(&excluded)),
            head: version(&self.world.head),
            canonical: version(&self.world.canonical),
            override_version: version(&self.world.override_version),
            ..self.world.clone()
        }
    }

    pub(super) fn begins_as_fillers_do(&self) -> bool {
        let versions = self.versions.iter().map(PublishedVersion::version);
        let mut versions = versions.chain(&self.head);
        versions.any(|version| version.to_string().starts_with("0.0."))
    }

    /// A resolver that does not see the right base.
    pub(super) fn blind(&self) -> Seen {
        match &self.honest {
            Shown::Tag(tag) => Some(self.with_tags(|other| {
                if other == tag.as_str() {
                    format!("gone/{other}")
                } else {
                    other.to_owned()
                }
            })),
            Shown::Other(_) => None,
        }
    }

    pub(super) fn blind_if(&self, is_so: bool) -> Seen {
        if is_so { self.blind() } else { None }
    }

    pub(super) fn is_tagged(&self, version: &Version) -> bool {
        self.versions.iter().any(|other| other.version() == version)
    }
}

/// An answer with the name of a tag as the question has it.
#[derive(Debug, PartialEq)]
pub(super) enum Shown {
    Tag(String),
    Other(Answer),
}

/// What the chain answers to what is seen, in the words of the question.
pub(super) fn shown(seen: &World, asked: &World) -> Shown {
    match built_in(&seen.case()) {
        Answer::Version(number) => {
            let tag = seen.history.published().nth(number).unwrap().tag();
            let at = seen
                .history
                .tags()
                .iter()
                .position(|other| *other == tag)
                .unwrap();
            Shown::Tag(asked.history.tags()[at].clone())
        }
        other => Shown::Other(other),
    }
}

pub(super) fn lists() -> impl Iterator<Item = &'static str> {
    let values = AXES[0].values.iter();
    values.filter_map(|value| {
        let mut draft = Draft::PLAIN;
        (value.set)(&mut draft);
        draft.real
    })
}

/// Whether a tag only fills a history.
pub(super) fn is_filler(tag: &str) -> bool {
    let newer = format!("{0}.{0}.", u64::MAX);
    let patch = tag.strip_prefix("0.0.").or(tag.strip_prefix(&newer));
    patch.is_some_and(|patch| patch.bytes().all(|letter| letter.is_ascii_digit()))
}

fn holds(list: &str, tag: &str) -> bool {
    let bare = |tag| str::trim_start_matches(tag, 'v');
    list.lines().any(|line| bare(line) == bare(tag))
}

/// The three numbers, the pre-release and the app version, with their signs.
pub(super) fn split(version: &Version) -> ([u128; 3], String, String) {
    let text = version.to_string();
    let (rest, app) = text
        .split_once('+')
        .map_or((text.as_str(), String::new()), |(rest, app)| {
            (rest, format!("+{app}"))
        });
    let (core, pre) = rest
        .split_once('-')
        .map_or((rest, String::new()), |(core, pre)| {
            (core, format!("-{pre}"))
        });
    let mut numbers = core.split('.').map(|number| number.parse().unwrap());
    (std::array::from_fn(|_| numbers.next().unwrap()), pre, app)
}
