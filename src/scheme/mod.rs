//! Schemes: which tags publish a version, how versions are ordered, and where the head's version
//! is read. A scheme is data: a preset, which is one file of `presets/`, or a file of the
//! operator's. It never comes from the repository under test.

mod file;
mod presets;
mod range;

use std::path::Path;

use regex::Regex;

use samever_core::{Fallback, Order, ParseVersionError, PublishedSet, Version};

pub(crate) use file::SchemeError;
pub(crate) use presets::presets;
pub(crate) use range::VersionRange;

/// A scheme.
#[derive(Clone, Debug)]
pub(crate) struct Scheme {
    /// The name of the preset or of the file, with the part.
    name: String,
    /// The path of the part of the repository that is tested.
    part: Option<String>,
    order: Order,
    tags: TagForm,
    head: HeadSource,
    /// Whether it is that of Co-op Cloud's recipes.
    of_recipes: bool,
}

/// Which tags publish a version.
#[derive(Clone, Debug)]
enum TagForm {
    /// Those with a version after this.
    Prefix(String),
    /// Those that this matches; its group `version` is the version.
    Pattern(Box<Regex>),
}

/// Where the head's version is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeadSource {
    /// In the version label of `compose.yml`.
    Label,
    /// At the first of these places that has one.
    Files(Vec<HeadPlace>),
    /// Nowhere: it is given by hand.
    Given,
}

/// A place where a version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadPlace {
    /// The file's path in the tree.
    pub file: String,
    /// The key in it, one segment each; without one the whole file is the version.
    pub key: Option<Vec<String>>,
}

/// The group of a pattern that is the version.
const GROUP: &str = "version";

impl Scheme {
    /// The scheme of Co-op Cloud's recipes, which is the default.
    pub(crate) fn coop_cloud() -> Self {
        Self {
            name: "coop-cloud".to_owned(),
            part: None,
            order: Order::CoopCloud,
            tags: TagForm::Prefix(String::new()),
            head: HeadSource::Label,
            of_recipes: true,
        }
    }

    /// Reads the scheme that an operator names: a preset, such as `cargo`, or a file; after a colon
    /// the part of the repository, such as `helm-chart:charts/web`.
    ///
    /// # Errors
    ///
    /// There is none, or it makes no sense.
    pub(crate) fn named(text: &str) -> Result<Self, SchemeError> {
        file::named(Path::new(""), text)
    }

    /// The same, where a relative path of a file begins in a folder.
    ///
    /// # Errors
    ///
    /// As [`named`](Self::named).
    pub(crate) fn named_in(folder: &Path, text: &str) -> Result<Self, SchemeError> {
        file::named(folder, text)
    }

    /// The scheme's name, with the part.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name of the part of the repository that is tested, if one is named.
    pub(crate) fn part_name(&self) -> Option<&str> {
        self.part.as_deref()?.rsplit('/').next()
    }

    /// The order of its versions.
    pub(crate) fn order(&self) -> Order {
        self.order
    }

    /// The files that may state a version, if the scheme reads one off files.
    pub(crate) fn files(&self) -> Option<impl Iterator<Item = &String>> {
        match &self.head {
            HeadSource::Files(places) => Some(places.iter().map(|place| &place.file)),
            HeadSource::Label | HeadSource::Given => None,
        }
    }

    /// Tells whether another scheme reads the same tags and the same places.
    pub(crate) fn reads_as(&self, other: &Self) -> bool {
        let is_form = match (&self.tags, &other.tags) {
            (TagForm::Prefix(one), TagForm::Prefix(other)) => one == other,
            (TagForm::Pattern(one), TagForm::Pattern(other)) => one.as_str() == other.as_str(),
            (TagForm::Prefix(_), TagForm::Pattern(_))
            | (TagForm::Pattern(_), TagForm::Prefix(_)) => false,
        };
        is_form && self.order == other.order && self.head == other.head
    }

    /// The name of the file in the folder of a part that states its version, if one does.
    pub(crate) fn file_of_part(&self, part: &str) -> Option<String> {
        let HeadSource::Files(places) = &self.head else {
            return None;
        };
        let mut files = places.iter().map(|place| &place.file);
        let file = files.find_map(|file| file.strip_prefix(part)?.strip_prefix('/'))?;
        Some(file.to_owned())
    }

    /// Where the head's version is read.
    pub(crate) fn head(&self) -> &HeadSource {
        &self.head
    }

    /// What is tried where there is no canonical, if nothing is said: upstream's rule holds for
    /// recipes, and elsewhere the main tip is the head itself on every quiet night.
    pub(crate) fn fallback(&self) -> Fallback {
        if self.of_recipes {
            Fallback::MainTip
        } else {
            Fallback::ReleaseFirst
        }
    }

    /// Tells whether a tree states its version.
    pub(crate) fn is_stated(&self) -> bool {
        self.head != HeadSource::Given
    }

    /// Tells whether upstream's rules for recipes hold, which go on where a head cannot be read.
    pub(crate) fn is_of_recipes(&self) -> bool {
        self.of_recipes
    }

    /// The same scheme where the version is read elsewhere.
    #[must_use]
    pub(crate) fn with_head(self, head: HeadSource) -> Self {
        Self { head, ..self }
    }

    /// Reads tag names, less `refs/tags/`, into the published versions.
    pub(crate) fn published<Name: AsRef<[u8]>>(
        &self,
        names: impl IntoIterator<Item = Name>,
    ) -> PublishedSet {
        match &self.tags {
            TagForm::Prefix(prefix) => PublishedSet::with_prefix(self.order, prefix, names),
            TagForm::Pattern(pattern) => {
                let names = names.into_iter().map(|name| {
                    let part = std::str::from_utf8(name.as_ref()).ok();
                    let part = part
                        .and_then(|name| part_of(pattern, name))
                        .map(str::to_owned);
                    (name, part)
                });
                PublishedSet::with_versions(self.order, names)
            }
        }
    }

    /// Reads a version that a person writes: a tag of this scheme, or the version alone.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub(crate) fn parse(&self, text: &str) -> Result<Version, ParseVersionError> {
        let alone = || self.order.parse_tag(text);
        match &self.tags {
            // What a pattern leaves out of a version does not count, wherever it stands.
            TagForm::Pattern(pattern) => match part_of(pattern, text) {
                Some(part) => self.order.parse_tag(part).or_else(|_| alone()),
                None => alone(),
            },
            TagForm::Prefix(prefix) => alone().or_else(|error| {
                let part = text.strip_prefix(prefix.as_str());
                let tagged = part.and_then(|part| self.order.parse_tag(part).ok());
                tagged.ok_or(error)
            }),
        }
    }

    /// What a tag looks like that publishes a version.
    pub(crate) fn tag_form(&self) -> String {
        match &self.tags {
            TagForm::Prefix(prefix) if prefix.is_empty() => {
                format!("a version of the order {}", self.order.name())
            }
            TagForm::Prefix(prefix) => {
                format!(
                    "`{prefix}` and a version of the order {}",
                    self.order.name()
                )
            }
            TagForm::Pattern(pattern) => format!("`{pattern}`"),
        }
    }
}

fn part_of<'a>(pattern: &Regex, name: &'a str) -> Option<&'a str> {
    let captures = pattern.captures(name)?;
    captures.name(GROUP).map(|part| part.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Scheme, presets};

    #[test]
    fn the_default_is_the_preset_of_recipes() {
        let preset = Scheme::named("coop-cloud").unwrap();
        assert_eq!(format!("{preset:?}"), format!("{:?}", Scheme::coop_cloud()));
    }

    #[test]
    fn every_preset_reads_a_tag_of_its_own() {
        for (name, tag, version) in [
            ("coop-cloud", "v1.13.0+1.31.1", "1.13.0+1.31.1"),
            ("semver", "v1.2.3", "1.2.3"),
            ("semver:tools/web", "web-v1.2.3", "1.2.3"),
            ("cargo", "v1.2.3", "1.2.3"),
            ("cargo:crates/gix", "gix-v0.9.0", "0.9.0"),
            ("npm", "v1.2.3-rc.1", "1.2.3-rc.1"),
            ("npm:packages/web", "web@1.2.3", "1.2.3"),
            ("helm-chart:charts/web", "web-1.2.3", "1.2.3"),
            ("python", "v2.0rc1", "2.0rc1"),
            ("python:clients/web", "web-2.0", "2.0"),
            ("go-module", "v1.2.3", "1.2.3"),
            ("go-module:sdk/web", "sdk/web/v1.2.3", "1.2.3"),
            ("calver", "2024.01.1", "2024.01.1"),
            ("debian", "debian/1%1.2_rc1-3", "1:1.2~rc1-3"),
            ("image", "1.27.3-alpine", "1.27.3-alpine"),
        ] {
            let scheme = Scheme::named(name).unwrap();
            assert_eq!(scheme.name(), name);
            let set = scheme.published([tag, "latest", "other/v1.2.3x"]);
            let published: Vec<_> = set
                .iter()
                .map(|one| (one.tag(), one.version().to_string()))
                .collect();
            assert_eq!(published, [(tag.to_owned(), version.to_owned())], "{name}");
            assert_eq!(scheme.parse(tag).unwrap().to_string(), version);
            assert_eq!(scheme.parse(version).unwrap().to_string(), version);
        }
        let named: Vec<_> = presets().map(|preset| preset.name).collect();
        assert_eq!(named.len(), 10, "{named:?}");
    }
}
