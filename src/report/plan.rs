//! The base plan: for a person who has never heard of the chain, and as
//! `samever/plan/1`.

use std::io;

use serde::Serialize;

use samever_core::{Base, BasePlan, CommitId, Delta, Escaped, Inputs, Rung, Version};

use crate::run::{OwnedPlan, PlannedBase, PlannedStep};

use crate::report::{Report, Text, json};

/// A base plan with what a reader needs to know around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanReport<'a> {
    /// The recipe's name.
    pub recipe: &'a str,
    /// What the chain was told.
    pub inputs: &'a Inputs<'a>,
    /// What it answered.
    pub plan: &'a BasePlan<'a>,
    /// The commit of the head, if there is a repository.
    pub head_commit: Option<CommitId>,
    /// The commit of the base, if there is a base.
    pub base_commit: Option<CommitId>,
    /// What a reader should know of the repository beside the decision.
    pub notes: &'a [String],
    /// Whether the text tells every rule that was asked and every tag that was
    /// ignored.
    pub explain: bool,
}

/// The fields of `samever/plan/1`: what is not known is `null`, and so is the
/// delta of a skip.
#[derive(Serialize)]
struct Fields<'a> {
    recipe: &'a str,
    plan: PlannedBase,
    rung: Option<Rung>,
    reason: String,
    delta: Option<Delta>,
    head: Commit<'a>,
    canonical: Option<Canonical<'a>>,
    history: History,
    trail: Vec<PlannedStep>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

#[derive(Serialize)]
struct Commit<'a> {
    commit: Option<CommitId>,
    version: Option<&'a Version>,
}

#[derive(Serialize)]
struct Canonical<'a> {
    version: &'a Version,
    commit: Option<CommitId>,
}

#[derive(Serialize)]
struct History {
    published: usize,
    ignored: Vec<Ignored>,
}

#[derive(Serialize)]
struct Ignored {
    tag: String,
    because: String,
}

impl Report for PlanReport<'_> {
    fn text(&self, text: &mut Text) {
        let head = self.inputs.head;
        let short = head.commit.short();
        // What is upgraded to, by the commit where that is all that is known.
        let target = head.version.map_or(short.to_string(), ToString::to_string);
        let commit = self.head_commit.map(|_| format!(", commit {short}"));
        let commit = commit.unwrap_or_default();
        let recipe = self.recipe;
        text.line(match self.plan.base {
            Base::Version(published) => {
                format!("{recipe}: upgrade from {} to {target}", published.version())
            }
            Base::Ref(commit) => format!("{recipe}: upgrade from {} to {target}", commit.short()),
            Base::Skip(reason) => format!("{recipe}: no upgrade to test: {reason}"),
        });
        text.line("");
        text.line(format!("  base  {}", self.base()));
        text.line(match head.version {
            Ok(version) => format!("  head  {version}{commit}"),
            Err(why) => format!("  head  version unknown ({why}){commit}"),
        });
        text.line(format!("  why   {}", self.plan.reason()));
        if let Some(warning) = self.warning() {
            text.line(format!("  note  {warning}"));
        }
        for note in self.notes {
            text.line(format!("  note  {note}"));
        }
        if self.explain {
            self.add_trail(text);
            self.add_history(text);
        }
    }

    fn json(&self) -> io::Result<String> {
        let inputs = self.inputs;
        let OwnedPlan {
            base: mut plan,
            rung,
            reason,
            delta,
            trail,
        } = self.plan.into();
        if let PlannedBase::Version { commit, .. } = &mut plan {
            *commit = self.base_commit;
        }
        let fields = Fields {
            recipe: self.recipe,
            plan,
            rung,
            reason,
            delta,
            head: Commit {
                commit: self.head_commit,
                version: inputs.head.version.ok(),
            },
            canonical: inputs.canonical.map(|canonical| Canonical {
                version: canonical.version,
                commit: canonical.commit,
            }),
            history: History {
                published: inputs.published.len(),
                ignored: self.ignored(),
            },
            trail,
            notes: self.notes,
        };
        json::document("samever/plan/1", &fields)
    }
}

impl PlanReport<'_> {
    fn base(&self) -> String {
        let (version, tag) = match self.plan.base {
            Base::Version(published) => (Some(published.version()), Some(published.tag())),
            Base::Ref(_) => (
                self.inputs.main_tip.and_then(|main_tip| main_tip.version),
                None,
            ),
            Base::Skip(_) => return "none".to_owned(),
        };
        let version = version.map_or_else(|| "version unknown".to_owned(), ToString::to_string);
        let tag = tag.map_or_else(String::new, |tag| format!(", tag {tag}"));
        let commit = self.base_commit.map(|commit| commit.short().to_string());
        let commit = commit.map_or_else(String::new, |commit| format!(", commit {commit}"));
        format!("{version}{tag}{commit}")
    }

    /// What a reader must not miss about an upgrade that is not a plain one.
    fn warning(&self) -> Option<&'static str> {
        match self.plan.delta? {
            Delta::Forward => None,
            Delta::None => Some("base and head are the same version: this upgrade tests nothing"),
            Delta::Backward => Some("the base is newer than the head: this upgrade runs backwards"),
            Delta::Unknown => Some("samever cannot tell whether the base is older than the head"),
        }
    }

    fn add_trail(&self, text: &mut Text) {
        text.line("");
        text.line("Rules asked, in order:");
        for step in &self.plan.trail {
            let (rung, because) = (step.rung.name(), &step.because);
            let outcome = if step.passed { "passes" } else { "decides" };
            text.line(format!("  {rung:<9}  {outcome:<7}  {because}"));
        }
    }

    fn add_history(&self, text: &mut Text) {
        let published = self.inputs.published;
        let (count, ignored) = (published.len(), published.ignored());
        text.line("");
        text.line(format!(
            "Published versions: {count}. Ignored tags: {}.",
            ignored.len()
        ));
        for tag in ignored {
            let because = format!(": {}", tag.because);
            text.line([b"  ", &*tag.name, because.as_bytes()].concat());
        }
    }

    fn ignored(&self) -> Vec<Ignored> {
        let ignored = self.inputs.published.ignored().iter();
        let ignored = ignored.map(|ignored| Ignored {
            // A name that is not UTF-8 has no place in JSON but as an account of it.
            tag: match std::str::from_utf8(&ignored.name) {
                Ok(name) => name.to_owned(),
                Err(_) => Escaped::new(&ignored.name).to_string(),
            },
            because: ignored.because.to_string(),
        });
        ignored.collect()
    }
}
