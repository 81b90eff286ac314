//! A world written in another order of versions: each version gives way to one of the same rank.

use std::collections::BTreeSet;
use std::sync::Arc;

use samever_core::{Exclusion, Order, PublishedVersion, Version};

use crate::verify::world::{History, TestVersion, World};

/// The orders that worlds are written in besides their own.
pub(crate) const OTHERS: [Order; 4] = [Order::Semver, Order::Numeric, Order::Pep440, Order::Debian];

/// The number of the first rank: the next ones have more digits, and are before it as texts.
const FIRST: usize = 8;

impl World {
    /// The same question in another order, with the same answer: the order decides in the same way
    /// between any two of its versions. There is none where versions are the same that
    /// are not equal, which no other order has, nor where an order has no pre-releases.
    pub(crate) fn in_order(&self, order: Order) -> Option<Self> {
        let named = [&self.head, &self.canonical, &self.override_version];
        let named = named.into_iter().flatten().map(|named| &named.version);
        let excluded = self.history.excluded();
        let versions: BTreeSet<&Version> = self
            .history
            .published()
            .map(PublishedVersion::version)
            .chain(named)
            .chain(excluded.iter().map(|exclusion| &exclusion.version))
            .collect();
        let sorted: Vec<&Version> = versions.into_iter().collect();
        let is_alike = sorted
            .windows(2)
            .any(|pair| pair[0].is_same_version(pair[1]));
        let has_prerelease = sorted.iter().any(|version| version.is_prerelease());
        if is_alike || order == Order::Numeric && has_prerelease {
            return None;
        }
        let text = |version: &Version| {
            let rank = sorted.binary_search(&version).ok()?;
            Some(text_of(order, rank + FIRST, version.is_prerelease()))
        };
        let mut tags = Vec::new();
        for tag in self.history.tags() {
            let (v, version) = match (tag.strip_prefix('v'), Version::parse_tag(tag)) {
                (Some(_), Ok(version)) if order != Order::Debian => ("v", version),
                (_, Ok(version)) => ("", version),
                // What is no version in either.
                (_, Err(_)) if order.parse_tag(tag).is_err() => {
                    tags.push(tag.clone());
                    continue;
                }
                (_, Err(_)) => continue,
            };
            tags.push(format!("{v}{}", tag_of(order, &text(&version)?)));
        }
        let is_twin = |tag: &String| tags.iter().filter(|other| *other == tag).count() > 1;
        if tags.iter().any(is_twin) {
            return None;
        }
        let named = |named: &Option<TestVersion>| match named {
            None => Some(None),
            Some(named) => {
                let version = order.parse(&text(&named.version)?).ok()?;
                let leading_v = named.leading_v && order != Order::Debian;
                Some(Some(TestVersion {
                    leading_v,
                    ..TestVersion::of(version)
                }))
            }
        };
        let excluded = excluded.iter().map(|exclusion| {
            Some(Exclusion {
                version: order.parse(&text(&exclusion.version)?).ok()?,
                reason: exclusion.reason.clone(),
            })
        });
        let excluded = excluded.collect::<Option<Vec<_>>>()?;
        Some(Self {
            history: Arc::new(History::in_order(order, tags).excluding(&excluded)),
            head: named(&self.head)?,
            canonical: named(&self.canonical)?,
            override_version: named(&self.override_version)?,
            ..self.clone()
        })
    }
}

/// A version of a rank.
fn text_of(order: Order, rank: usize, is_prerelease: bool) -> String {
    match (order, is_prerelease) {
        (Order::CoopCloud | Order::Semver, false) => format!("1.{rank}.0"),
        (Order::CoopCloud | Order::Semver, true) => format!("1.{rank}.0-rc.1"),
        (Order::Numeric, _) => format!("2026.{rank:03}.1_2"),
        (Order::Pep440, false) => format!("1!{rank}.0.post2"),
        (Order::Pep440, true) => format!("1!{rank}.0b2.dev3"),
        (Order::Debian, false) => format!("2:1.{rank}+ds-1"),
        (Order::Debian, true) => format!("2:1.{rank}~rc1-1"),
    }
}

/// The tag of a version, which git must be able to hold.
fn tag_of(order: Order, version: &str) -> String {
    match order {
        Order::Debian => version.replace(':', "%").replace('~', "_"),
        Order::CoopCloud | Order::Semver | Order::Numeric | Order::Pep440 => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use samever_core::PublishedVersion;

    use super::OTHERS;
    use crate::verify::subject::built_in;
    use crate::verify::world::{OPEN_SMALL_WORLDS, SmallWorlds, World, open_world};

    /// How each version compares with each, and whether it is a pre-release.
    fn compared(world: &World) -> Vec<(bool, bool, bool)> {
        let versions = || world.history.published().map(PublishedVersion::version);
        let pairs = versions().flat_map(|one| versions().map(move |two| (one, two)));
        let pairs = pairs.map(|(one, two)| {
            let is_older = one.is_older_than(two);
            (is_older, one.is_same_version(two), one.is_prerelease())
        });
        pairs.collect()
    }

    #[test]
    fn a_world_in_another_order_compares_as_it_did() {
        let small = SmallWorlds::default();
        let mut written = [0; OTHERS.len()];
        for number in (0..OPEN_SMALL_WORLDS).step_by(97) {
            let number = open_world(number);
            for case in small.range(number..number + 1) {
                let world = World::of(&case);
                for (order, written) in OTHERS.into_iter().zip(&mut written) {
                    let Some(other) = world.in_order(order) else {
                        continue;
                    };
                    *written += 1;
                    assert_eq!(compared(&world), compared(&other), "{}", order.name());
                    let answers = [built_in(&world.case()), built_in(&other.case())];
                    assert_eq!(answers[0], answers[1], "{:?}", other.history.tags());
                }
            }
        }
        assert!(written.iter().all(|count| *count > 40), "{written:?}");
    }
}
