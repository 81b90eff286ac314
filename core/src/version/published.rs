//! The published versions of a repository, read off its tag names.

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};
use std::iter;
use std::ops::Range;
use std::sync::OnceLock;

use super::plain::Numbers;
use super::tag::{IgnoredReason, IgnoredTag, PublishedVersion};
use super::{Order, Version};

/// The published versions of a repository, and the tags that publish nothing.
///
/// Built in one pass over the tag names in whatever order they come; no answer
/// depends on that order. Where both `1.0.0` and `v1.0.0` exist, the one
/// without the `v` publishes the version and the other is ignored.
///
/// A large history has a hundred thousand tags, and an answer names two of
/// them. So a tag is kept as its name and its numbers, which decide nearly
/// every comparison; its version is read where it is asked for.
#[derive(Debug, Default)]
pub struct PublishedSet {
    order: Order,
    /// What every tag's name begins with.
    prefix: Box<str>,
    tags: Vec<Tag>,
    /// The names of the tags, less the prefix, one after the other.
    names: Vec<u8>,
    ignored: Vec<IgnoredTag>,
}

/// A tag that publishes a version.
#[derive(Debug)]
struct Tag {
    numbers: Numbers,
    is_prerelease: bool,
    /// Where the tag's name stands among the names.
    name: Range<usize>,
    published: OnceLock<Box<PublishedVersion>>,
}

impl PublishedSet {
    /// Reads tag names, less `refs/tags/`, in Co-op Cloud's order: each is a version, with or
    /// without a leading `v`.
    pub fn from_tags<Name: AsRef<[u8]>>(names: impl IntoIterator<Item = Name>) -> Self {
        Self::with_prefix(Order::CoopCloud, "", names)
    }

    /// Reads tag names, less `refs/tags/`: each is the prefix, and then a version as
    /// [`Order::parse_tag`] reads it.
    pub fn with_prefix<Name: AsRef<[u8]>>(
        order: Order,
        prefix: &str,
        names: impl IntoIterator<Item = Name>,
    ) -> Self {
        let mut set = Self {
            order,
            prefix: prefix.into(),
            ..Self::default()
        };
        names.into_iter().for_each(|name| set.add(name.as_ref()));
        set.ignore_twins();
        set
    }

    /// Takes tag names, less `refs/tags/`, each with the part of it that is its version, if it is
    /// of the form that publishes one.
    pub fn with_versions<Name: AsRef<[u8]>, Part: AsRef<str>>(
        order: Order,
        names: impl IntoIterator<Item = (Name, Option<Part>)>,
    ) -> Self {
        let mut set = Self {
            order,
            ..Self::default()
        };
        for (name, part) in names {
            let (name, part) = (name.as_ref(), part.as_ref().map(AsRef::as_ref));
            set.take(name, |_| {
                PublishedVersion::of_part(order, name, part).map(read)
            });
        }
        set
    }

    /// Takes one tag by its name. Only a name of the plain form is left unread.
    fn add(&mut self, name: &[u8]) {
        let rest = match &*self.prefix {
            "" => Some(name),
            prefix => name.strip_prefix(prefix.as_bytes()),
        };
        let Some(name) = rest else {
            self.ignored.push(IgnoredTag {
                name: name.into(),
                because: IgnoredReason::OtherForm,
            });
            return;
        };
        self.take(name, |set| {
            if let Some(numbers) = set.order.plain_numbers(name) {
                return Ok((numbers, false, OnceLock::new()));
            }
            let text = std::str::from_utf8(name).map_err(|_| IgnoredReason::NotUtf8)?;
            let published = PublishedVersion::read(set.order, &set.prefix, text);
            published.map_err(IgnoredReason::NotAVersion).map(read)
        });
    }

    /// Takes one tag, by its name less the prefix, as it is read.
    fn take(&mut self, name: &[u8], read: impl FnOnce(&Self) -> Result<Read, IgnoredReason>) {
        match read(self) {
            Ok((numbers, is_prerelease, published)) => {
                let start = self.names.len();
                self.names.extend_from_slice(name);
                self.tags.push(Tag {
                    numbers,
                    is_prerelease,
                    name: start..self.names.len(),
                    published,
                });
            }
            Err(because) => self.ignore(name, because),
        }
    }

    /// Takes a tag that publishes nothing, by its name less the prefix.
    fn ignore(&mut self, name: &[u8], because: IgnoredReason) {
        let name = [self.prefix.as_bytes(), name].concat().into();
        self.ignored.push(IgnoredTag { name, because });
    }

    /// Moves every `v` twin of another tag to the ignored ones.
    fn ignore_twins(&mut self) {
        let names = &self.names;
        let name = |tag: &Tag| &names[tag.name.clone()];
        let begins_with_v = |tag: &&Tag| names[tag.name.start] == b'v';
        let with_v = self.tags.iter().filter(begins_with_v).count();
        if with_v == 0 {
            return;
        }
        let v_is_rarer = with_v * 2 <= self.tags.len();
        let twins = twins(v_is_rarer, || self.tags.iter().map(name));
        let is_twin = |tag: &mut Tag| {
            let version = name(tag).strip_prefix(b"v");
            version.is_some_and(|version| twins.binary_search(&version).is_ok())
        };
        let ignored = self.tags.extract_if(.., is_twin).map(|twin| IgnoredTag {
            name: [self.prefix.as_bytes(), &names[twin.name]].concat().into(),
            because: IgnoredReason::ShadowedByPlainTag,
        });
        self.ignored.extend(ignored);
    }

    /// The order of the versions.
    pub fn order(&self) -> Order {
        self.order
    }

    /// How many versions are published.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Tells whether nothing is published.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// The published versions, in the order in which their tags came.
    pub fn iter(&self) -> impl Iterator<Item = &PublishedVersion> {
        self.tags.iter().map(|tag| self.read(tag))
    }

    /// The tags that publish nothing.
    pub fn ignored(&self) -> &[IgnoredTag] {
        &self.ignored
    }

    /// The version that a tag publishes.
    fn read<'a>(&'a self, tag: &'a Tag) -> &'a PublishedVersion {
        tag.published.get_or_init(|| {
            let name = std::str::from_utf8(&self.names[tag.name.clone()]);
            let name = name.expect("a plain name is ASCII");
            let published = PublishedVersion::read(self.order, &self.prefix, name);
            Box::new(published.expect("a plain name is a version"))
        })
    }

    fn compare(&self, left: &Tag, right: &Tag) -> Ordering {
        let by_version = || self.read(left).cmp(self.read(right));
        left.numbers.cmp(&right.numbers).then_with(by_version)
    }

    fn compare_with(&self, tag: &Tag, version: &Version) -> Ordering {
        let by_version = || self.read(tag).version().cmp(version);
        tag.numbers.cmp(&version.numbers()).then_with(by_version)
    }

    /// Finds the tag that publishes `version`: the one that spells it exactly,
    /// else the newest of those that are the same version
    /// (see [`Version::is_same_version`]).
    pub fn find(&self, version: &Version) -> Option<&PublishedVersion> {
        let numbers = version.numbers();
        let near = self.tags.iter().filter(|tag| tag.numbers == numbers);
        near.map(|tag| self.read(tag))
            .filter(|published| published.version().is_same_version(version))
            .max_by_key(|published| {
                let is_exact = published.version() == version;
                (is_exact, *published)
            })
    }

    /// The newest of all.
    pub fn newest(&self) -> Option<&PublishedVersion> {
        let newest = self.tags.iter().max_by(|a, b| self.compare(a, b));
        newest.map(|tag| self.read(tag))
    }

    /// Finds the newest published version that is strictly older than `head`,
    /// in one pass; pre-releases count only where `prereleases` is set, and the
    /// `excluded` versions never.
    pub fn newest_older_than(
        &self,
        head: &Version,
        prereleases: bool,
        excluded: &BTreeSet<&Version>,
    ) -> Option<&PublishedVersion> {
        let is_excluded =
            |tag: &Tag| !excluded.is_empty() && excluded.contains(self.read(tag).version());
        let mut newest: Option<&Tag> = None;
        // The newest are near the end, as git lists tags: nearly every other is
        // then behind the newest so far, by its numbers alone.
        for tag in self.tags.iter().rev() {
            if newest.is_some_and(|newest| tag.numbers < newest.numbers) {
                continue;
            }
            if newest.is_none_or(|newest| self.compare(newest, tag).is_lt())
                && self.is_older(tag, head)
                && (prereleases || !tag.is_prerelease)
                && !is_excluded(tag)
            {
                newest = Some(tag);
            }
        }
        newest.map(|tag| self.read(tag))
    }

    /// The published versions that are strictly older than `head`, newest first;
    /// pre-releases only where `prereleases` is set. They are ordered one by one,
    /// as they are asked for.
    pub fn older_than(
        &self,
        head: &Version,
        prereleases: bool,
    ) -> impl Iterator<Item = &PublishedVersion> {
        let is_candidate =
            |tag: &&Tag| (prereleases || !tag.is_prerelease) && self.is_older(tag, head);
        let candidates = self.tags.iter().filter(is_candidate);
        let mut left: BinaryHeap<_> = candidates.map(|tag| InOrder { set: self, tag }).collect();
        iter::from_fn(move || left.pop().map(|newest| self.read(newest.tag)))
    }

    fn is_older(&self, tag: &Tag, head: &Version) -> bool {
        match tag.numbers.cmp(&head.numbers()) {
            Ordering::Less if self.order.compares_all() => true,
            Ordering::Less | Ordering::Equal => self.read(tag).version().is_older_than(head),
            Ordering::Greater => false,
        }
    }

    /// Finds the published versions next to `version` in the order: the newest
    /// before it and the oldest after it.
    pub fn neighbours(
        &self,
        version: &Version,
    ) -> (Option<&PublishedVersion>, Option<&PublishedVersion>) {
        let side = |side| {
            let all = self.tags.iter();
            all.filter(move |tag| self.compare_with(tag, version) == side)
        };
        let before = side(Ordering::Less).max_by(|a, b| self.compare(a, b));
        let after = side(Ordering::Greater).min_by(|a, b| self.compare(a, b));
        (
            before.map(|tag| self.read(tag)),
            after.map(|tag| self.read(tag)),
        )
    }
}

/// A tag that is compared by its version.
struct InOrder<'a> {
    set: &'a PublishedSet,
    tag: &'a Tag,
}

impl Ord for InOrder<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.set.compare(self.tag, other.tag)
    }
}

impl PartialOrd for InOrder<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for InOrder<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for InOrder<'_> {}

/// What decides first of a tag, whether it is a pre-release, and its version where that is read.
type Read = (Numbers, bool, OnceLock<Box<PublishedVersion>>);

fn read(published: PublishedVersion) -> Read {
    let version = published.version();
    let (numbers, is_prerelease) = (version.numbers(), version.is_prerelease());
    (numbers, is_prerelease, OnceLock::from(Box::new(published)))
}

/// The names that are there with a `v` and without, less the `v`, sorted. Most histories
/// write nearly all their tags one way: only the fewer are sorted.
fn twins<'a, Names: Iterator<Item = &'a [u8]>>(
    v_is_rarer: bool,
    names: impl Fn() -> Names,
) -> Vec<&'a [u8]> {
    let spelling = |name: &'a [u8]| match name {
        [b'v', version @ ..] => (true, version),
        version => (false, version),
    };
    let of = |is_v: bool| names().map(spelling).filter(move |(v, _)| *v == is_v);
    let mut rarer: Vec<&[u8]> = of(v_is_rarer).map(|(_, version)| version).collect();
    rarer.sort_unstable();
    let common = of(!v_is_rarer).map(|(_, version)| version);
    let mut twins: Vec<&[u8]> = common
        .filter(|version| rarer.binary_search(version).is_ok())
        .collect();
    twins.sort_unstable();
    twins
}

#[cfg(test)]
mod tests {
    use super::{PublishedSet, Version};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const NONE: BTreeSet<&Version> = BTreeSet::new();

    #[track_caller]
    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn newest_older(tags: &[&str], head: &str) -> Option<String> {
        PublishedSet::from_tags(tags)
            .newest_older_than(&version(head), true, &NONE)
            .map(super::PublishedVersion::tag)
    }

    #[test]
    fn every_other_tag_is_ignored_with_a_reason() {
        let tags: [&[u8]; 6] = [
            b"1.0.0",
            b"latest",
            b"v1.1.0+2",
            b"v1.0.0",
            b"1.0.0\xff",
            b"vv1.2.3",
        ];
        let set = PublishedSet::from_tags(tags);
        assert_eq!(
            set.iter()
                .map(super::PublishedVersion::tag)
                .collect::<Vec<_>>(),
            ["1.0.0", "v1.1.0+2"]
        );
        let ignored: Vec<_> = set
            .ignored()
            .iter()
            .map(|tag| format!("{}: {}", tag.name.escape_ascii(), tag.because))
            .collect();
        assert_eq!(
            ignored,
            [
                "latest: not a version: 'l' stands where the first number is expected",
                "1.0.0\\xff: its name is not UTF-8",
                "vv1.2.3: not a version: 'v' stands where the first number is expected",
                "v1.0.0: the tag without the `v` publishes the same version",
            ]
        );
    }

    #[test]
    fn the_newest_older_version_is_by_number_and_not_the_same_version() {
        let tags = ["1.9.0+1", "1.10.0+1", "1.10.0", "v1.2.0", "1.10.0+2"];
        assert_eq!(newest_older(&tags, "1.10.0+2").unwrap(), "1.10.0+1");
        assert_eq!(newest_older(&tags, "1.10.0+1").unwrap(), "1.9.0+1");
        assert_eq!(newest_older(&tags, "1.10.0").unwrap(), "1.9.0+1");
        assert_eq!(newest_older(&tags, "1.9.0").unwrap(), "v1.2.0");
        assert_eq!(newest_older(&tags, "1.2.0+1"), None);
        assert_eq!(newest_older(&[], "1.2.0+1"), None);
    }

    #[test]
    fn prereleases_are_published_but_can_be_passed_over() {
        let set = PublishedSet::from_tags(["1.0.0", "2.0.0-rc.1"]);
        let head = version("2.0.0");
        assert_eq!(
            set.newest_older_than(&head, true, &NONE).unwrap().tag(),
            "2.0.0-rc.1"
        );
        assert_eq!(
            set.newest_older_than(&head, false, &NONE).unwrap().tag(),
            "1.0.0"
        );
    }

    #[test]
    fn a_version_is_found_by_its_exact_tag_else_by_the_newest_same_one() {
        let set = PublishedSet::from_tags(["v1.0.3", "1.0.4+a", "1.0.4+b", "1.0.5", "1.0.5+a"]);
        let find = |text| set.find(&version(text)).map(super::PublishedVersion::tag);
        assert_eq!(find("1.0.3+1.0.3").unwrap(), "v1.0.3");
        assert_eq!(find("1.0.4").unwrap(), "1.0.4+b");
        assert_eq!(find("1.0.5").unwrap(), "1.0.5");
        assert_eq!(find("1.0.5+b").unwrap(), "1.0.5");
        assert_eq!(find("1.0.4+c"), None);
    }

    /// Tag names that are close to each other, some with a `v`, some junk.
    fn tags() -> impl Strategy<Value = Vec<String>> {
        let tag = "v?(1|9|10)\\.(0|9|10)\\.0(-rc\\.1)?(\\+(1|9|10))?|latest|v1";
        prop::collection::vec(tag, 0..12)
    }

    proptest! {
        #[test]
        fn the_one_pass_agrees_with_sorting(names in tags(), prereleases: bool) {
            let head = version("9.9.0+9");
            let set = PublishedSet::from_tags(&names);
            let mut older: Vec<_> = names
                .iter()
                .filter_map(|name| Version::parse_tag(name).ok())
                .filter(|version| version.is_older_than(&head))
                .filter(|version| prereleases || !version.is_prerelease())
                .collect();
            older.sort();
            let found = set.newest_older_than(&head, prereleases, &NONE);
            prop_assert_eq!(found.map(super::PublishedVersion::version), older.last());
            older.dedup();
            let mut all: Vec<_> = set.older_than(&head, prereleases).collect();
            all.dedup_by(|a, b| a.version() == b.version());
            let all = all.into_iter().map(super::PublishedVersion::version);
            prop_assert!(all.eq(older.iter().rev()));
        }

        #[test]
        fn each_tag_is_published_or_ignored_and_no_version_twice(names in tags()) {
            let mut names = names;
            names.sort();
            names.dedup();
            let set = PublishedSet::from_tags(&names);
            prop_assert_eq!(set.len() + set.ignored().len(), names.len());
            let mut versions: Vec<_> = set.iter().map(super::PublishedVersion::version).collect();
            versions.sort();
            versions.dedup();
            prop_assert_eq!(versions.len(), set.len());
        }

        #[test]
        fn the_order_of_tags_decides_nothing(names in tags().prop_shuffle(), head in "(9|10)\\.9\\.0(\\+9)?") {
            let head = version(&head);
            let mut sorted = names.clone();
            sorted.sort();
            let (shuffled, sorted) = (PublishedSet::from_tags(&names), PublishedSet::from_tags(&sorted));
            prop_assert_eq!(shuffled.newest_older_than(&head, true, &NONE), sorted.newest_older_than(&head, true, &NONE));
            prop_assert_eq!(shuffled.find(&head), sorted.find(&head));
            prop_assert_eq!(shuffled.len(), sorted.len());
        }
    }
}
