//! Plays a scenario's steps on an arm.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_saphyr::Spanned;

use crate::cancel::Cancel;
use crate::recipe::CanonicalRecord;
use crate::run::{Conditions, Run};
use crate::scheme::Scheme;
use samever_core::{CommitId, Policy, Version};

use crate::simulate::backend::{Backend, Flake, Observed, RunOrder, Tree};
use crate::simulate::behaviour::Behaviour;
use crate::simulate::compare::{Mismatch, compare};
use crate::simulate::expectation::Expectation;
use crate::simulate::policy::{ExcludeSetup, PolicySetup};
use crate::simulate::repository::TagKind;
use crate::simulate::scenario::{
    Break, Night, NightHead, PullRequest, Release, ReleaseMap, Scenario, Step,
};
use crate::simulate::texts::VersionText;

/// What a pull request adds to its tree, so that it is a change at least.
pub(crate) const CHANGES_FILE: &str = "CHANGES";

/// What came of one step.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// The line of the scenario file, the first being 1.
    pub line: u64,
    /// The step's name.
    pub step: &'static str,
    /// For how many runs in a row this is the account; 0 for a step without.
    pub times: u32,
    /// The whole account, where there is one.
    pub run: Option<Box<Run>>,
    /// What came out of the run, in the words of a scenario, or its message.
    #[serde(rename = "error", serialize_with = "as_message")]
    pub observed: Option<Result<Observed, String>>,
    /// The canonical afterwards.
    #[serde(serialize_with = "as_text")]
    pub canonical: Option<Version>,
    /// What is not as the scenario says.
    pub mismatches: Vec<Mismatch>,
}

#[expect(clippy::ref_option, reason = "it is what serde gives")]
fn as_message<S: Serializer>(
    observed: &Option<Result<Observed, String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let observed = observed.as_ref();
    let message = observed.and_then(|observed| observed.as_ref().err());
    message.serialize(serializer)
}

#[expect(clippy::ref_option, reason = "it is what serde gives")]
fn as_text<S: Serializer>(version: &Option<Version>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = version.as_ref().map(ToString::to_string);
    text.serialize(serializer)
}

/// Plays a scenario; the signal is heard before each run.
pub(crate) fn play<A: Backend>(
    scenario: &Scenario,
    arm: A,
    cancel: &Cancel,
) -> Result<Vec<StepReport>, A::Error> {
    let mut player = Player::begin(scenario, arm)?;
    for step in &scenario.steps {
        if cancel.is_cancelled() {
            break;
        }
        player.take(&step.value, step.referenced.line(), scenario, cancel)?;
    }
    Ok(player.reports)
}

/// Makes the recipe as it is before the first step, and gives its canonical.
pub(crate) fn set_up<A: Backend>(
    scenario: &Scenario,
    arm: A,
) -> Result<Option<CanonicalRecord>, A::Error> {
    Ok(Player::begin(scenario, arm)?.canonical)
}

/// What a tag publishes.
#[derive(Clone)]
struct Published {
    commit: CommitId,
    tree: Tree,
    kind: TagKind,
}

/// What a run tests.
struct Tested {
    /// The full name of the branch or the tag.
    name: String,
    /// What the tree says of its version, where a branch is tested.
    label: Option<String>,
}

struct Player<'a, A> {
    arm: A,
    scheme: &'a Scheme,
    tags: BTreeMap<String, (Version, Published)>,
    /// The tip of main, and its tree.
    main: Option<(CommitId, Tree)>,
    canonical: Option<CanonicalRecord>,
    enrolled: bool,
    flaky: Option<Flake>,
    requests: u32,
    reports: Vec<StepReport>,
}

impl<'a, A: Backend> Player<'a, A> {
    fn begin(scenario: &'a Scenario, arm: A) -> Result<Self, A::Error> {
        let mut player = Self {
            arm,
            scheme: &scenario.under,
            tags: BTreeMap::new(),
            main: None,
            canonical: None,
            enrolled: scenario.recipe.enrolled,
            flaky: None,
            requests: 0,
            reports: Vec::new(),
        };
        let releases = scenario.recipe.published.iter();
        player.publish(releases.map(|release| &release.value.0))?;
        player.tag_junk(&scenario.recipe.junk)?;
        let canonical = scenario.canonical.as_ref();
        player.canonical = canonical.map(|version| player.record(version, scenario));
        Ok(player)
    }

    fn take(
        &mut self,
        step: &Step,
        line: u64,
        scenario: &Scenario,
        cancel: &Cancel,
    ) -> Result<(), A::Error> {
        match step {
            Step::Nightly(night) => return self.nights(step, line, night, false, cancel),
            Step::Quick(night) => return self.nights(step, line, night, true, cancel),
            Step::Pr(request) => return self.request(step, line, request),
            Step::Publish(Release(release)) => self.publish([release])?,
            Step::Withdraw(tag) => {
                self.arm.delete_tag(tag.as_str())?;
                self.tags.remove(tag.as_str());
            }
            Step::Move(tag_move) => {
                let to = self.published(&tag_move.to);
                let kind = self.published(&tag_move.tag).kind;
                self.retag(&tag_move.tag, Published { kind, ..to })?;
            }
            Step::SetCanonical(version) => {
                self.canonical = Some(self.record(version, scenario));
            }
            Step::DropCanonical => self.canonical = None,
            Step::Break(Break { version, behaviour }) => self.amend(version, behaviour)?,
            Step::Mend(version) => self.amend(version, &Behaviour::default())?,
            Step::Flake => self.flaky = Some(Flake::Check),
            Step::FlakySeed => self.flaky = Some(Flake::Seed),
            Step::Enroll => self.enrolled = true,
            Step::Unenroll => self.enrolled = false,
        }
        self.reports.push(StepReport {
            line,
            step: step.name(),
            times: 0,
            observed: None,
            run: None,
            canonical: self.canonical.as_ref().map(|record| record.version.clone()),
            mismatches: Vec::new(),
        });
        Ok(())
    }

    /// The record that a green run of this version left.
    fn record(&self, version: &VersionText, scenario: &Scenario) -> CanonicalRecord {
        let version = self.version(version);
        let same = |(tagged, _): &&(Version, Published)| tagged.is_same_version(&version);
        let published = self.tags.values().filter(same);
        let exact_last = published.max_by_key(|(tagged, _)| (*tagged == version, tagged.clone()));
        CanonicalRecord {
            recipe: Some(scenario.recipe.name.to_string()),
            commit: exact_last.map(|(_, published)| published.commit),
            version,
            origin: None,
        }
    }

    fn version(&self, text: &VersionText) -> Version {
        let version = text.parse(self.scheme);
        version.expect("the scenario was checked: this is a version")
    }

    fn published(&self, tag: &VersionText) -> Published {
        let (_, published) = self
            .tags
            .get(tag.as_str())
            .expect("the scenario was checked: the tag is published");
        published.clone()
    }

    fn publish<'r>(
        &mut self,
        releases: impl IntoIterator<Item = &'r ReleaseMap>,
    ) -> Result<(), A::Error> {
        let mut made = Vec::new();
        let main_before = self.main.as_ref().map(|(commit, _)| *commit);
        for release in releases {
            let tags = release
                .tags(self.scheme)
                .expect("the scenario was checked: these are tags");
            let mut parent = release
                .from
                .as_ref()
                .map(|from| self.published(from).commit);
            for tag in tags {
                let version = self.scheme.parse(&tag);
                let version = version.expect("the scenario was checked: it is a tag");
                let tree = tree(release, &version);
                let main = self.main.as_ref().map(|(commit, _)| *commit);
                let commit = self.arm.commit(parent.or(main), &tree)?;
                if release.from.is_some() {
                    parent = Some(commit);
                } else {
                    self.main = Some((commit, tree.clone()));
                }
                let kind = if release.annotated {
                    TagKind::Annotated
                } else {
                    TagKind::Lightweight
                };
                made.push((tag.clone(), commit, kind));
                let published = Published { commit, tree, kind };
                self.tags.insert(tag, (version, published));
            }
        }
        let tags: Vec<_> = made
            .iter()
            .map(|(name, commit, kind)| (name.as_str(), *commit, *kind))
            .collect();
        self.arm.tag(&tags)?;
        match &self.main {
            Some((commit, _)) if Some(*commit) != main_before => {
                self.arm.branch("refs/heads/main", *commit)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn tag_junk(&mut self, junk: &[Spanned<String>]) -> Result<(), A::Error> {
        let Some((main, _)) = self.main else {
            return Ok(());
        };
        let tags: Vec<_> = junk
            .iter()
            .map(|name| (name.value.as_str(), main, TagKind::Lightweight))
            .collect();
        self.arm.tag(&tags)
    }

    /// Tags a version again, on a tree that behaves in another way. Where main
    /// was at that version, it follows.
    fn amend(&mut self, tag: &VersionText, behaviour: &Behaviour) -> Result<(), A::Error> {
        let before = self.published(tag);
        let tree = Tree {
            behaviour: behaviour.clone(),
            ..before.tree
        };
        let commit = self.arm.commit(Some(before.commit), &tree)?;
        if self
            .main
            .as_ref()
            .is_some_and(|(main, _)| *main == before.commit)
        {
            self.arm.branch("refs/heads/main", commit)?;
            self.main = Some((commit, tree.clone()));
        }
        let kind = before.kind;
        self.retag(tag, Published { commit, tree, kind })
    }

    fn retag(&mut self, tag: &VersionText, published: Published) -> Result<(), A::Error> {
        let name = tag.as_str();
        self.arm.tag(&[(name, published.commit, published.kind)])?;
        let version = self.version(tag);
        self.tags.insert(name.to_owned(), (version, published));
        Ok(())
    }

    fn nights(
        &mut self,
        step: &Step,
        line: u64,
        night: &Night,
        quick: bool,
        cancel: &Cancel,
    ) -> Result<(), A::Error> {
        let newest = self.tags.iter().max_by_key(|(_, (version, _))| version);
        let head = match (night.head, newest) {
            (NightHead::Latest, Some((name, _))) => Tested {
                name: format!("refs/tags/{name}"),
                label: None,
            },
            (NightHead::Main, _) | (NightHead::Latest, None) => Tested {
                name: "refs/heads/main".to_owned(),
                label: self.main.as_ref().and_then(|(_, tree)| tree.label.clone()),
            },
        };
        let conditions = Conditions {
            enrolled: self.enrolled,
            cold: true,
            quick,
            of_a_ref: false,
            started: true,
            unseen: false,
        };
        for night_number in 0..night.times {
            if cancel.is_cancelled() {
                break;
            }
            let report = self.run(step, line, &head, &night.policy, &night.expect, conditions)?;
            self.report(report, night_number > 0);
        }
        Ok(())
    }

    fn request(&mut self, step: &Step, line: u64, request: &PullRequest) -> Result<(), A::Error> {
        let from = request.from.as_ref().map(|from| {
            let published = self.published(from);
            (published.commit, published.tree)
        });
        let (parent, base) = from.or_else(|| self.main.clone()).expect("there is a main");
        let label = match &request.version {
            _ if request.unlabelled => None,
            Some(version) => Some(self.version(version).to_string()),
            None => base.label,
        };
        self.requests += 1;
        let mut files = base.files;
        let number = self.requests;
        files.insert(CHANGES_FILE.to_owned(), format!("pull request {number}\n"));
        let tree = Tree {
            label,
            behaviour: request.behaviour.clone(),
            files,
            links: base.links,
        };
        let commit = self.arm.commit(Some(parent), &tree)?;
        let head = Tested {
            name: format!("refs/pull/{number}/head"),
            label: tree.label,
        };
        self.arm.branch(&head.name, commit)?;
        let conditions = Conditions {
            enrolled: self.enrolled,
            cold: false,
            quick: false,
            of_a_ref: true,
            started: true,
            unseen: false,
        };
        let report = self.run(
            step,
            line,
            &head,
            &request.policy,
            &request.expect,
            conditions,
        )?;
        self.report(report, false);
        Ok(())
    }

    fn run(
        &mut self,
        step: &Step,
        line: u64,
        head: &Tested,
        policy: &PolicySetup,
        expect: &Expectation,
        conditions: Conditions,
    ) -> Result<StepReport, A::Error> {
        let override_version = policy.override_version.as_ref();
        let override_version = override_version.map(|version| self.version(version));
        let given = head.label.as_ref().filter(|_| !self.scheme.is_stated());
        let head_version = given.map(|given| {
            let version = self.scheme.parse(given);
            version.expect("the scenario was checked: the versions of such trees are versions")
        });
        let read = |exclude: &ExcludeSetup| {
            let excluded = exclude.read(self.scheme);
            excluded.expect("the scenario was checked: these are versions")
        };
        let excluded: Vec<_> = policy.exclude.iter().map(read).collect();
        let known = "the scenario was checked: the way and the base make sense";
        let (from, route) = (
            policy.read_from().expect(known),
            policy.read_route().expect(known),
        );
        let ran = self.arm.run(&RunOrder {
            head: &head.name,
            head_version: head_version.as_ref(),
            canonical: self.canonical.as_ref(),
            override_version: override_version.as_ref(),
            declared: policy.not_applicable.as_deref(),
            excluded: &excluded,
            policy: Policy {
                fallback: policy.fallback.unwrap_or_else(|| self.scheme.fallback()),
                prereleases: !policy.no_prereleases,
                ignore_canonical: policy.ignore_canonical,
            },
            from: from.as_ref(),
            route: &route,
            conditions,
            flaky: std::mem::take(&mut self.flaky),
        })?;
        if let Ok(Observed {
            promoted: Some(record),
            ..
        }) = &ran.observed
        {
            self.canonical = Some(record.clone());
        }
        let canonical = self.canonical.as_ref().map(|record| record.version.clone());
        let mismatches = compare(expect, &ran.observed, canonical.as_ref(), self.scheme);
        Ok(StepReport {
            line,
            step: step.name(),
            times: 1,
            observed: Some(ran.observed),
            run: ran.account,
            canonical,
            mismatches,
        })
    }

    /// The nights of one step that come out alike are one account.
    fn report(&mut self, report: StepReport, same_step: bool) {
        match self.reports.last_mut() {
            Some(last)
                if same_step
                    && last.observed == report.observed
                    && last.canonical == report.canonical
                    && last.mismatches == report.mismatches =>
            {
                last.times += 1;
            }
            Some(_) | None => self.reports.push(report),
        }
    }
}

fn tree(release: &ReleaseMap, version: &Version) -> Tree {
    let own = || release.label.clone().unwrap_or_else(|| version.to_string());
    Tree {
        label: (!release.unlabelled).then(own),
        behaviour: release.behaviour.clone(),
        files: release.files.clone(),
        links: release.links.clone(),
    }
}
