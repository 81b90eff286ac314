//! Every small world, in a fixed order: those with fewer tags come first, so
//! that the first counterexample is the smallest.

use std::ops::Range;

use samever_core::{Exclusion, Version};

use crate::verify::world::case::{Case, History, Main, TestVersion};
use crate::verify::world::{DECLARED, EXCLUDED_REASON};

/// What may be published, in order of creation: numbers against words, a
/// missing app version between two that differ in a number behind a letter, a pre-release, a tag with a `v`,
/// and an order of creation that is not that of the versions.
const TAGS: [&str; 7] = [
    "1.10.0+v9",
    "2.0.0+1",
    "1.9.0+1",
    "1.10.0",
    "v1.9.1",
    "2.0.0-rc.1+1",
    "1.10.0+v10",
];

/// The one of them that may also be excluded: the only version of its name, or
/// one of three.
const EXCLUDED: usize = 0;

/// What head, canonical and override may be besides nothing: each of those, and
/// a version that is never published.
const VERSIONS: [&str; 8] = [
    "1.9.0+1",
    "1.9.1",
    "1.10.0",
    "1.10.0+v9",
    "1.10.0+v10",
    "2.0.0-rc.1+1",
    "2.0.0+1",
    "1.9.5+1",
];

const CHOICES: u64 = VERSIONS.len() as u64 + 1;

/// 3 main tips × 2 fallbacks × 2 for pre-releases, and one that is declared not
/// applicable.
const SWITCHES: u64 = 13;

/// How many there are: 3 × 2^6 histories (one tag is there, not there, or there
/// and excluded) × 9 overrides × 9 canonicals × 9 heads × 13 switches.
pub const SMALL_WORLDS: u64 = 192 * OF_A_HISTORY;

const OF_A_HISTORY: u64 = CHOICES * CHOICES * CHOICES * SWITCHES;

/// Those without an override and not declared not applicable.
const OPEN_OF_A_HISTORY: u64 = CHOICES * CHOICES * (SWITCHES - 1);

/// Those, of the histories of at most three tags: 1 + (7 + 1) + (21 + 6) + (35 + 15).
pub(crate) const OPEN_SMALL_WORLDS: u64 = 86 * OPEN_OF_A_HISTORY;

/// The small worlds, ready to be walked.
#[derive(Debug)]
pub struct SmallWorlds {
    histories: Vec<History>,
    versions: Vec<TestVersion>,
}

impl Default for SmallWorlds {
    fn default() -> Self {
        let subsets = 0_u32..1 << TAGS.len();
        let with_exclusion = subsets.clone().filter(|subset| subset >> EXCLUDED & 1 == 1);
        let mut subsets: Vec<(u32, bool)> = subsets
            .map(|subset| (subset, false))
            .chain(with_exclusion.map(|subset| (subset, true)))
            .collect();
        subsets.sort_by_key(|(subset, excludes)| (subset.count_ones(), *excludes));
        let exclusion = Exclusion {
            version: Version::parse(TAGS[EXCLUDED]).expect("it is a version"),
            reason: EXCLUDED_REASON.to_owned(),
        };
        let history = |(subset, excludes): (u32, bool)| {
            let tags = (0..TAGS.len()).filter(|bit| subset >> bit & 1 == 1);
            let history = History::new(tags.map(|bit| TAGS[bit].to_owned()).collect());
            history.excluding(excludes.then_some(&exclusion))
        };
        let version = |text: &&str| TestVersion::new(text).expect("the versions of small worlds");
        Self {
            histories: subsets.into_iter().map(history).collect(),
            versions: VERSIONS.iter().map(version).collect(),
        }
    }
}

impl SmallWorlds {
    /// Those of these numbers, from 0 up to [`SMALL_WORLDS`].
    pub fn range(&self, numbers: Range<u64>) -> impl Iterator<Item = Case<'_>> {
        numbers.filter_map(|number| {
            let history = usize::try_from(number / OF_A_HISTORY).ok()?;
            Some(self.of(self.histories.get(history)?, number % OF_A_HISTORY))
        })
    }

    /// A world of a history, the plainer first.
    fn of<'a>(&'a self, history: &'a History, number: u64) -> Case<'a> {
        let choice = |number: u64| {
            let at = usize::try_from(number).ok()?.checked_sub(1)?;
            self.versions.get(at)
        };
        let switches = number % SWITCHES;
        let number = number / SWITCHES;
        Case {
            history,
            declared: (switches == SWITCHES - 1).then_some(DECLARED),
            override_version: choice(number / CHOICES / CHOICES),
            // The steady state, a canonical that is the head, comes first.
            canonical: choice((number % CHOICES + number / CHOICES) % CHOICES),
            head: choice(number % CHOICES),
            record: None,
            main: match switches / 4 {
                1 => Main::Elsewhere,
                2 => Main::Unknown,
                _ => Main::IsHead,
            },
            commits: None,
            main_version: None,
            shallow: false,
            release_first: switches & 1 == 1,
            prereleases: switches & 2 == 0,
            ignore_canonical: false,
        }
    }
}

/// The number of a small world whose history has this number and in which
/// nothing is given by hand.
pub(crate) fn open_world(number: u64) -> u64 {
    let (history, number) = (number / OPEN_OF_A_HISTORY, number % OPEN_OF_A_HISTORY);
    let (versions, switches) = (number / (SWITCHES - 1), number % (SWITCHES - 1));
    history * OF_A_HISTORY + versions * SWITCHES + switches
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{SMALL_WORLDS, SWITCHES, SmallWorlds};
    use crate::verify::world::Case;
    use samever_core::Version;

    /// The rank of a recipe version among those of a world, and that of the app version among those
    /// of the same recipe version, if there is one.
    type Rank = (usize, Option<usize>);

    /// A tag's rank, whether it is a pre-release, and whether it is excluded.
    type Tag = (Rank, bool, bool);

    /// How the versions of a world are ordered: those of head, canonical and override, and of the
    /// tags in ascending order.
    type OrderType = ([Option<Rank>; 3], Vec<Tag>);

    /// The recipe version, and the whole where there is an app version.
    fn levels(version: &Version) -> (Version, Option<&Version>) {
        let text = version.to_string();
        let (recipe, app) = match text.split_once('+') {
            Some((recipe, _)) => (recipe, Some(version)),
            None => (text.as_str(), None),
        };
        (Version::parse(recipe).unwrap(), app)
    }

    fn order_type(case: &Case<'_>) -> OrderType {
        let named = [case.head, case.canonical, case.override_version];
        let named = named.map(|one| one.map(|one| &one.version));
        let mut tags: Vec<_> = case.history.published().collect();
        tags.sort_by_key(|tag| tag.version());
        let versions = tags.iter().map(|tag| tag.version());
        let all: BTreeSet<_> = versions
            .chain(named.into_iter().flatten())
            .map(levels)
            .collect();
        let recipes: BTreeSet<_> = all.iter().map(|(recipe, _)| recipe).collect();
        let rank = |version: &Version| {
            let (recipe, app) = levels(version);
            let apps = all.iter().filter(|(other, _)| *other == recipe);
            let mut apps = apps.filter_map(|(_, app)| *app);
            let app = app.and_then(|app| apps.position(|other| other == app));
            let recipe = recipes.iter().position(|other| **other == recipe);
            (recipe.unwrap(), app)
        };
        let tag = |tag: &&samever_core::PublishedVersion| {
            let version = tag.version();
            let is_excluded = case.history.excludes(version);
            (rank(version), version.is_prerelease(), is_excluded)
        };
        (
            named.map(|one| one.map(rank)),
            tags.iter().map(tag).collect(),
        )
    }

    /// `docs/why-small-worlds.md` has these numbers, and those of all order types.
    #[test]
    fn the_order_types_of_the_small_worlds_are_as_many_as_pinned() {
        let worlds = SmallWorlds::default();
        let mut types = BTreeSet::new();
        let numbers = (0..SMALL_WORLDS).step_by(usize::try_from(SWITCHES).unwrap());
        for case in numbers.flat_map(|number| worlds.range(number..number + 1)) {
            let tags_max = if case.override_version.is_some() {
                2
            } else {
                3
            };
            if case.history.tags().len() <= tags_max {
                types.insert(order_type(&case));
            }
        }
        let is_plain = |tags: &[Tag]| !tags.iter().any(|(_, pre, excluded)| *pre || *excluded);
        let plain = types.iter().filter(|(_, tags)| is_plain(tags)).count();
        assert_eq!((types.len(), plain), (15_686, 7_661));
    }
}
