//! The published versions of a recipe, read off its tag names.

use std::fmt::{self, Display, Formatter};

use super::{ParseVersionError, RecipeVersion};

/// A tag whose name, less an optional leading `v`, is a version.
///
/// The name itself is not kept: it is the version's text with or without the
/// `v`, and a large history has a hundred thousand of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    version: RecipeVersion,
    leading_v: bool,
}

impl PublishedVersion {
    /// Reads a tag's name.
    ///
    /// # Errors
    ///
    /// As [`RecipeVersion::parse_tag`].
    pub fn from_tag(name: &str) -> Result<Self, ParseVersionError> {
        Ok(Self {
            version: RecipeVersion::parse_tag(name)?,
            leading_v: name.starts_with('v'),
        })
    }

    /// The version that the tag publishes.
    pub fn version(&self) -> &RecipeVersion {
        &self.version
    }

    /// The tag's name, as it stands in the repository.
    pub fn tag(&self) -> String {
        let prefix = if self.leading_v { "v" } else { "" };
        format!("{prefix}{}", self.version)
    }
}

/// A tag that publishes nothing, and why.
#[derive(Debug)]
pub struct IgnoredTag {
    /// The tag's name, less `refs/tags/`: bytes, since git allows any.
    pub name: Box<[u8]>,
    /// Why it publishes nothing.
    pub because: IgnoredReason,
}

/// Why a tag publishes nothing.
#[derive(Debug)]
pub enum IgnoredReason {
    /// Its name is not UTF-8.
    NotUtf8,
    /// Its name is not a version.
    NotAVersion(ParseVersionError),
    /// The tag of the same name without the leading `v` publishes this version.
    ShadowedByPlainTag,
}

impl Display for IgnoredReason {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => formatter.write_str("its name is not UTF-8"),
            Self::NotAVersion(error) => write!(formatter, "not a version: {error}"),
            Self::ShadowedByPlainTag => {
                formatter.write_str("the tag without the `v` publishes the same version")
            }
        }
    }
}

/// The published versions of a recipe, and the tags that publish nothing.
///
/// Built in one pass over the tag names in whatever order they come; no answer
/// depends on that order. Where both `1.0.0` and `v1.0.0` exist, the one
/// without the `v` publishes the version and the other is ignored.
#[derive(Debug, Default)]
pub struct PublishedSet {
    versions: Vec<PublishedVersion>,
    ignored: Vec<IgnoredTag>,
}

impl PublishedSet {
    /// Reads tag names, less `refs/tags/`.
    pub fn from_tags<Name: AsRef<[u8]>>(names: impl IntoIterator<Item = Name>) -> Self {
        let mut set = Self::default();
        for name in names {
            set.add(name.as_ref());
        }
        set.settle();
        set
    }

    /// Takes one tag; [`settle`](Self::settle) must follow the last.
    #[doc(hidden)]
    pub fn add(&mut self, name: &[u8]) {
        let Ok(text) = std::str::from_utf8(name) else {
            return self.ignore(name, IgnoredReason::NotUtf8);
        };
        match PublishedVersion::from_tag(text) {
            Ok(published) => self.versions.push(published),
            Err(error) => self.ignore(name, IgnoredReason::NotAVersion(error)),
        }
    }

    /// Takes a tag that publishes nothing.
    fn ignore(&mut self, name: &[u8], because: IgnoredReason) {
        self.ignored.push(IgnoredTag {
            name: name.into(),
            because,
        });
    }

    /// Moves every `v` twin of another tag to the ignored ones. Most histories
    /// write nearly all their tags one way: only the fewer are sorted.
    #[doc(hidden)]
    pub fn settle(&mut self) {
        let with_v = self
            .versions
            .iter()
            .filter(|published| published.leading_v)
            .count();
        let v_is_rarer = with_v * 2 <= self.versions.len();
        let mut rarer: Vec<&RecipeVersion> = self
            .versions
            .iter()
            .filter(|published| published.leading_v == v_is_rarer)
            .map(PublishedVersion::version)
            .collect();
        rarer.sort_unstable();
        let mut twins: Vec<RecipeVersion> = self
            .versions
            .iter()
            .filter(|published| published.leading_v != v_is_rarer)
            .filter(|published| rarer.binary_search(&&published.version).is_ok())
            .map(|published| published.version.clone())
            .collect();
        if twins.is_empty() {
            return;
        }
        twins.sort_unstable();
        let is_twin = |published: &mut PublishedVersion| {
            published.leading_v && twins.binary_search(&published.version).is_ok()
        };
        for twin in self.versions.extract_if(.., is_twin) {
            self.ignored.push(IgnoredTag {
                name: twin.tag().into_bytes().into(),
                because: IgnoredReason::ShadowedByPlainTag,
            });
        }
    }

    /// How many versions are published.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Tells whether nothing is published.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// The published versions, in the order in which their tags came.
    pub fn iter(&self) -> impl Iterator<Item = &PublishedVersion> {
        self.versions.iter()
    }

    /// The tags that publish nothing.
    pub fn ignored(&self) -> &[IgnoredTag] {
        &self.ignored
    }

    /// Finds the tag that publishes `version`: the one that spells it exactly,
    /// else the newest of those that are the same version
    /// (see [`RecipeVersion::is_same_version`]).
    pub fn find(&self, version: &RecipeVersion) -> Option<&PublishedVersion> {
        let same = |published: &&PublishedVersion| published.version.is_same_version(version);
        self.versions
            .iter()
            .filter(same)
            .max_by_key(|published| (published.version == *version, &published.version))
    }

    /// The newest of all.
    pub fn newest(&self) -> Option<&PublishedVersion> {
        self.versions
            .iter()
            .max_by_key(|published| &published.version)
    }

    /// Finds the newest published version that is strictly older than `head`,
    /// in one pass; pre-releases count only where `prereleases` is set.
    pub fn newest_older_than(
        &self,
        head: &RecipeVersion,
        prereleases: bool,
    ) -> Option<&PublishedVersion> {
        let mut newest: Option<&PublishedVersion> = None;
        for published in &self.versions {
            let version = &published.version;
            if newest.is_none_or(|newest| newest.version < *version)
                && version.is_older_than(head)
                && (prereleases || !version.is_prerelease())
            {
                newest = Some(published);
            }
        }
        newest
    }

    /// Finds the published versions next to `version` in the order: the newest
    /// before it and the oldest after it.
    pub fn neighbours(
        &self,
        version: &RecipeVersion,
    ) -> (Option<&PublishedVersion>, Option<&PublishedVersion>) {
        let before = self
            .versions
            .iter()
            .filter(|published| published.version < *version);
        let after = self
            .versions
            .iter()
            .filter(|published| published.version > *version);
        (
            before.max_by_key(|published| &published.version),
            after.min_by_key(|published| &published.version),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{PublishedSet, RecipeVersion};
    use proptest::prelude::*;

    #[track_caller]
    fn version(text: &str) -> RecipeVersion {
        RecipeVersion::parse(text).unwrap()
    }

    fn newest_older(tags: &[&str], head: &str) -> Option<String> {
        PublishedSet::from_tags(tags)
            .newest_older_than(&version(head), true)
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
                "latest: not a version: unexpected character 'l' while parsing major version number",
                "1.0.0\\xff: its name is not UTF-8",
                "vv1.2.3: not a version: unexpected character 'v' while parsing major version number",
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
            set.newest_older_than(&head, true).unwrap().tag(),
            "2.0.0-rc.1"
        );
        assert_eq!(set.newest_older_than(&head, false).unwrap().tag(), "1.0.0");
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
                .filter_map(|name| RecipeVersion::parse_tag(name).ok())
                .filter(|version| version.is_older_than(&head))
                .filter(|version| prereleases || !version.is_prerelease())
                .collect();
            older.sort();
            let found = set.newest_older_than(&head, prereleases);
            prop_assert_eq!(found.map(super::PublishedVersion::version), older.last());
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
            prop_assert_eq!(shuffled.newest_older_than(&head, true), sorted.newest_older_than(&head, true));
            prop_assert_eq!(shuffled.find(&head), sorted.find(&head));
            prop_assert_eq!(shuffled.len(), sorted.len());
        }
    }
}
