//! One run of the tier, for people.

use crate::run::{BaseRecord, HeadRecord, RunRecord, StackRecord};

use crate::report::Text;

/// Adds what was tested, from which base, what came of it and what that
/// rests on; with `explain` also every rule that was asked.
pub(crate) fn add_run(text: &mut Text, run: &RunRecord, indent: &str, explain: bool) {
    let mut say = |line: String| text.line(format!("{indent}{line}"));
    say(format!("head       {}", head(run)));
    say(format!("base       {}", base(run)));
    say(format!("verdict    {}", verdict(run)));
    say(format!(
        "evidence   base {}",
        seen(run.evidence.base.as_ref())
    ));
    say(format!(
        "           head {}",
        seen(run.evidence.head.as_ref())
    ));
    match (
        run.evidence.previous.as_str(),
        &run.evidence.previous_version,
    ) {
        ("none", _) => {}
        (_, None) => say("previous/  applied to the base".to_owned()),
        (_, Some(version)) => say(format!(
            "previous/  stale: it is for {version}, which is not the base"
        )),
    }
    let promotion = &run.promotion;
    let version = run.head.version.as_deref().unwrap_or_default();
    say(match promotion.promoted {
        true => format!("canonical  moves to {version}"),
        false if promotion.because == "the canonical says so already" => {
            "canonical  says so already".to_owned()
        }
        false => format!("canonical  does not move: {}", promotion.because),
    });
    if explain {
        for (index, step) in run.trail.iter().enumerate() {
            let title = if index == 0 { "trail" } else { "" };
            let outcome = if step.passed { "passes" } else { "decides" };
            let (rung, because) = (&step.rung, &step.because);
            say(format!("{title:<9}  {rung:<9}  {outcome:<7}  {because}"));
        }
    }
}

/// The verdict, with the stage and the account of a red one.
pub(crate) fn verdict(run: &RunRecord) -> String {
    match (&run.stage, &run.why, &run.plan) {
        (Some(stage), Some(why), _) => format!("red at {stage}: {why}"),
        (None, None, BaseRecord::Skip { reason }) => format!("skipped: {reason}"),
        (Some(_) | None, Some(_) | None, _) => run.verdict.clone(),
    }
}

fn head(run: &RunRecord) -> String {
    let commit = short(&run.head.commit);
    match (&run.head.version, &run.head.why) {
        (Some(version), _) => format!("{version}, commit {commit}"),
        (None, why) => {
            let why = why.as_deref().unwrap_or("no reason is known");
            format!("version unknown ({why}), commit {commit}")
        }
    }
}

fn base(run: &RunRecord) -> String {
    let at = |commit: &str| format!(", commit {}", short(commit));
    match &run.plan {
        BaseRecord::Version {
            version,
            tag,
            commit,
        } => {
            let commit = commit.as_deref().map(at).unwrap_or_default();
            format!("{version}, tag {tag}{commit}")
        }
        BaseRecord::Ref { commit, version } => match version {
            Some(version) => format!("{version}, the main tip{}", at(commit)),
            None => format!("the main tip{}", at(commit)),
        },
        BaseRecord::Skip { .. } => "none".to_owned(),
    }
}

/// What was read back from the stack.
fn seen(stack: Option<&StackRecord>) -> String {
    let Some(stack) = stack else {
        return "none".to_owned();
    };
    let pinned = format!("pinned tree {}", short(&stack.pinned_tree));
    match &stack.deployed {
        None => format!("{pinned}, not deployed"),
        Some(deployed) => match (&deployed.version, &deployed.why) {
            (Some(version), _) => {
                let image = deployed.image.as_ref();
                let image = image.map_or_else(String::new, |image| format!(", image {image}"));
                format!("{pinned}, the stack ran {version}{image}")
            }
            (None, why) => {
                let why = why.as_deref().unwrap_or("no reason is known");
                format!("{pinned}, the stack ran an unknown version ({why})")
            }
        },
    }
}

/// The first twelve digits of an id.
pub(crate) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// The base as a word.
pub(crate) fn base_name(base: &BaseRecord) -> &str {
    match base {
        BaseRecord::Version { version, .. } => version,
        BaseRecord::Ref { commit, version } => version.as_deref().unwrap_or_else(|| short(commit)),
        BaseRecord::Skip { .. } => "none",
    }
}

/// The head as a word.
pub(crate) fn head_name(head: &HeadRecord) -> &str {
    let version = head.version.as_deref();
    version.unwrap_or_else(|| short(&head.commit))
}
