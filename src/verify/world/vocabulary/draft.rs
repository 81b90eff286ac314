//! A question, made of one value of each axis.
//!
//! Six versions in a row differ in one part: three that are older than the head, one that is
//! never published, the head, and one that is newer. The third is the base that a step back must
//! find: the fault of each value moves a resolver off it.

use std::collections::BTreeSet;
use std::sync::Arc;

use samever_core::{Exclusion, Version};

use crate::verify::world::case::{History, Main, RecordCommit, TestVersion};
use crate::verify::world::vocabulary::real::Neighbours;
use crate::verify::world::{EXCLUDED_REASON, World};

/// The places in the row: the version before the base, the base, the one that is not published, the
/// head, and the one that is newer.
pub(crate) const OLDER: usize = 1;
pub(crate) const TARGET: usize = 2;
pub(crate) const UNPUBLISHED: usize = 3;
pub(crate) const HEAD: usize = 4;
pub(crate) const NEWER: usize = 5;

/// What the versions of the row differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Major,
    Minor,
    Patch,
    Pre,
    App,
}

/// How the tags spell their versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Plain,
    AllV,
    TargetV,
    OthersV,
    TargetTwice,
    HeadTwice,
    HeadBare,
    TargetBare,
}

/// The order in which the tags are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
    AsText,
    AsTextBackward,
    OthersAround,
    Mixed,
}

/// What the values of a question set.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one value's switch")]
pub(crate) struct Draft {
    /// The real list of tags that the versions are taken from, if they are.
    pub(crate) real: Option<&'static str>,
    /// Where in that list.
    pub(crate) place: usize,
    pub(crate) part: Part,
    /// The number of the fourth version, in the part that differs.
    pub(crate) centre: u64,
    /// The first of the numbers that do not differ.
    pub(crate) others: u64,
    /// How much the numbers behind the one that differs fall from version to version.
    pub(crate) lower: u64,
    pub(crate) app: [&'static str; 6],
    pub(crate) pre: [&'static str; 6],
    pub(crate) spelling: Spelling,
    /// A name that is nearly a version, made of the name of the one that is not published and of
    /// its three numbers.
    pub(crate) junk: Option<fn(&str, &str) -> String>,
    /// How many tags there are in all; 0 for those of the row alone.
    pub(crate) total: usize,
    /// How many further tags are newer than all of the row.
    pub(crate) newer: u64,
    pub(crate) order: Order,
    pub(crate) head: Option<usize>,
    pub(crate) publishes_head: bool,
    pub(crate) publishes_newer: bool,
    pub(crate) bare_head: bool,
    pub(crate) canonical: Option<usize>,
    pub(crate) bare_canonical: bool,
    pub(crate) v_canonical: bool,
    pub(crate) record: RecordCommit,
    pub(crate) main: Main,
    pub(crate) excluded: &'static [usize],
    pub(crate) release_first: bool,
    pub(crate) prereleases: bool,
    pub(crate) override_at: Option<usize>,
    pub(crate) bare_override: bool,
    pub(crate) v_override: bool,
    pub(crate) declared: bool,
}

impl Draft {
    /// A quiet night: the head is the newest release and the canonical.
    pub(crate) const PLAIN: Self = Self {
        real: None,
        place: 0,
        part: Part::Patch,
        centre: 10,
        others: 1,
        lower: 0,
        app: [""; 6],
        pre: [""; 6],
        spelling: Spelling::Plain,
        junk: None,
        total: 0,
        newer: 0,
        order: Order::OldestFirst,
        head: Some(HEAD),
        publishes_head: true,
        publishes_newer: false,
        bare_head: false,
        canonical: Some(HEAD),
        bare_canonical: false,
        v_canonical: false,
        record: RecordCommit::Own,
        main: Main::IsHead,
        excluded: &[],
        release_first: false,
        prereleases: true,
        override_at: None,
        bare_override: false,
        v_override: false,
        declared: false,
    };

    /// The question.
    pub(crate) fn world(&self) -> World {
        let real = self.real.map(|list| Neighbours::at(list, self.place));
        let row = self.row(real.as_ref());
        let at = |place: usize, bare: bool, v: bool| {
            let name = if bare {
                without_app(&row[place])
            } else {
                &row[place]
            };
            let version = TestVersion::new(name).expect("the versions of a row are versions");
            TestVersion {
                leading_v: v,
                ..version
            }
        };
        let exclusion = |place: &usize| Exclusion {
            version: version(&row[*place]),
            reason: EXCLUDED_REASON.to_owned(),
        };
        let excluded: Vec<_> = self.excluded.iter().map(exclusion).collect();
        let canonical = |place| at(place, self.bare_canonical, self.v_canonical);
        World {
            history: Arc::new(History::new(self.tags(&row, real.as_ref())).excluding(&excluded)),
            head: self.head.map(|place| at(place, self.bare_head, false)),
            canonical: self.canonical.map(canonical),
            override_version: self
                .override_at
                .map(|place| at(place, self.bare_override, self.v_override)),
            declared: self.declared,
            main: self.main,
            release_first: self.release_first,
            prereleases: self.prereleases,
            record: Some(self.record),
        }
    }

    /// The six versions, the oldest first.
    fn row(&self, real: Option<&Neighbours>) -> [String; 6] {
        if let Some(real) = real {
            return std::array::from_fn(|at| real.row[at].version().to_string());
        }
        let mut row: Vec<_> = (0..6).map(|place| version(&self.name(place))).collect();
        row.sort();
        let mut names = row.iter().map(ToString::to_string);
        std::array::from_fn(|_| names.next().expect("there are six"))
    }

    fn name(&self, place: usize) -> String {
        let number = self.centre - UNPUBLISHED as u64 + place as u64;
        let [first, second, third] = [self.others, self.others + 1, self.others + 2];
        let lower = self.lower * (NEWER - place) as u64;
        let core = match self.part {
            Part::Major => format!("{number}.{}.{}", second + lower, third + lower),
            Part::Minor => format!("{first}.{number}.{}", third + lower),
            Part::Patch => format!("{first}.{second}.{number}"),
            Part::Pre | Part::App => format!("{first}.{second}.{}", self.centre),
        };
        let pre = match self.part {
            Part::Pre => self.pre[place],
            // Where another part differs, every other version is a pre-release.
            _ if place.is_multiple_of(2) => self.pre[place],
            _ if self.part == Part::App => self.pre[0],
            _ => "",
        };
        let pre = if self.part == Part::App {
            self.pre[0]
        } else {
            pre
        };
        // Where another part differs, app versions run against it.
        let app = match self.part {
            Part::App => self.app[place],
            _ => self.app[5 - place],
        };
        let with = |sign: &str, text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("{sign}{text}")
            }
        };
        format!("{core}{}{}", with("-", pre), with("+", app))
    }

    /// The names of the tags, in their order.
    fn tags(&self, row: &[String; 6], real: Option<&Neighbours>) -> Vec<String> {
        let mut tags = Vec::new();
        for (place, name) in row.iter().enumerate() {
            let is_published = match place {
                UNPUBLISHED => false,
                HEAD => self.publishes_head,
                NEWER => self.publishes_newer,
                _ => true,
            };
            if is_published {
                let as_it_stands = real.filter(|_| self.spelling == Spelling::Plain);
                match as_it_stands.map(|real| real.row[place].tag()) {
                    Some(tag) => tags.push(tag),
                    None => tags.extend(self.spelled(place, name)),
                }
            }
        }
        // Without an app version, a version and the same without its app version are one tag.
        tags.dedup();
        let most = u64::MAX;
        tags.extend((0..self.newer).map(|patch| format!("{most}.{most}.{patch}")));
        let name = &row[UNPUBLISHED];
        let junk = self.junk.map(|junk| junk(name, numbers(name)));
        let has_room = |others: &usize| tags.len() + others < self.total;
        let others = (0..)
            .take_while(has_room)
            .map(|patch| format!("0.0.{patch}"));
        let mut others: Vec<String> = others.collect();
        if let Some(real) = real {
            others.extend(real.older.iter().cloned());
            if self.publishes_newer {
                others.extend(real.newer.iter().cloned());
            }
        }
        let mut tags = self.ordered(&tags, others);
        if let Some(junk) = junk {
            tags.insert(tags.len() / 2, junk);
        }
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        tags
    }

    /// The tags of one version.
    fn spelled(&self, place: usize, name: &str) -> Vec<String> {
        let is_target = place == TARGET;
        let (plain, with_v) = (name.to_owned(), format!("v{name}"));
        let also = |is_it: bool, other: String| {
            if is_it {
                vec![plain.clone(), other]
            } else {
                vec![plain.clone()]
            }
        };
        let bare = without_app(name).to_owned();
        match self.spelling {
            Spelling::Plain => vec![plain],
            Spelling::AllV => vec![with_v],
            Spelling::TargetV => vec![if is_target { with_v } else { plain }],
            Spelling::OthersV => vec![if is_target { plain } else { with_v }],
            Spelling::TargetTwice => also(is_target, with_v),
            Spelling::HeadTwice => also(place == HEAD, with_v),
            Spelling::TargetBare => also(is_target, bare),
            Spelling::HeadBare => also(place == HEAD, bare),
        }
    }

    /// The tags of the row, the oldest first, and others, in the order of the draft.
    fn ordered(&self, row: &[String], others: Vec<String>) -> Vec<String> {
        let mut tags: Vec<String> = others.into_iter().chain(row.iter().cloned()).collect();
        match self.order {
            Order::OldestFirst => {}
            Order::NewestFirst => tags.reverse(),
            Order::AsText => tags.sort(),
            Order::AsTextBackward => tags.sort_by(|left, right| right.cmp(left)),
            Order::OthersAround => {
                let rest = tags.len() - row.len();
                tags[rest / 2..].rotate_right(row.len());
            }
            Order::Mixed => {
                // The base comes last but one, the oldest last.
                tags.reverse();
                let half = tags.len() / 2;
                tags.rotate_left(half);
            }
        }
        tags
    }
}

fn version(text: &str) -> Version {
    Version::parse(text).expect("the versions of a row are versions")
}

fn without_app(name: &str) -> &str {
    name.split_once('+').map_or(name, |(recipe, _)| recipe)
}

/// The three numbers of a version.
fn numbers(name: &str) -> &str {
    name.split(['-', '+']).next().unwrap_or(name)
}
