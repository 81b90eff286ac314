//! A question with its tags, in texts: what is generated, varied, made smaller
//! and written down.

use crate::verify::judge::Parts;
use crate::verify::world::case::{Case, History, Main, TestVersion};

/// How many things can be given by hand or switched.
const SWITCHES: usize = 4;

/// A world in texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct World {
    pub(crate) tags: Vec<String>,
    pub(crate) head: Option<String>,
    pub(crate) canonical: Option<String>,
    pub(crate) override_version: Option<String>,
    pub(crate) declared: bool,
    pub(crate) main: Main,
    pub(crate) release_first: bool,
    pub(crate) prereleases: bool,
}

/// The reason of what is declared not applicable.
pub(crate) const DECLARED: &str = "it keeps no state";

/// The same, ready to be asked about.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) history: History,
    pub(crate) head: Option<TestVersion>,
    pub(crate) canonical: Option<TestVersion>,
    override_version: Option<TestVersion>,
    declared: bool,
    main: Main,
    release_first: bool,
    prereleases: bool,
}

impl World {
    pub(crate) fn of(case: &Case<'_>) -> Self {
        let text =
            |version: Option<&TestVersion>| version.map(|spelled| spelled.version.to_string());
        Self {
            tags: case.history.tags().to_vec(),
            head: text(case.head),
            canonical: text(case.canonical),
            override_version: text(case.override_version),
            declared: case.declared.is_some(),
            main: case.main,
            release_first: case.release_first,
            prereleases: case.prereleases,
        }
    }

    pub(crate) fn prepare(&self) -> Prepared {
        self.with_tags(self.tags.clone())
    }

    /// The same question about other tags.
    pub(crate) fn with_tags(&self, tags: Vec<String>) -> Prepared {
        let spelled = |text: &Option<String>| {
            text.as_deref()
                .map(|text| TestVersion::new(text).expect("the versions of worlds are versions"))
        };
        Prepared {
            history: History::new(tags),
            head: spelled(&self.head),
            canonical: spelled(&self.canonical),
            override_version: spelled(&self.override_version),
            declared: self.declared,
            main: self.main,
            release_first: self.release_first,
            prereleases: self.prereleases,
        }
    }
}

/// The tags, and what can be given by hand or switched.
impl Parts for World {
    fn count(&self) -> usize {
        self.tags.len() + SWITCHES
    }

    fn without(&self, gone: impl Fn(usize) -> bool) -> Option<Self> {
        let tags = self.tags.iter().enumerate();
        let tags = tags.filter(|(number, _)| !gone(*number));
        let is_gone = |switch| gone(self.tags.len() + switch);
        let smaller = Self {
            tags: tags.map(|(_, tag)| tag.clone()).collect(),
            declared: self.declared && !is_gone(0),
            override_version: self.override_version.clone().filter(|_| !is_gone(1)),
            release_first: self.release_first && !is_gone(2),
            prereleases: self.prereleases || is_gone(3),
            ..self.clone()
        };
        (smaller != *self).then_some(smaller)
    }
}

impl Prepared {
    pub(crate) fn case(&self) -> Case<'_> {
        Case {
            history: &self.history,
            declared: self.declared.then_some(DECLARED),
            override_version: self.override_version.as_ref(),
            head: self.head.as_ref(),
            canonical: self.canonical.as_ref(),
            main: self.main,
            release_first: self.release_first,
            prereleases: self.prereleases,
        }
    }
}
