//! One run of the tier, for people.

use samever_core::Delta;

use crate::run::{PlannedBase, PreviousKind, Promotion, Run, StackEvidence, TestedHead, Verdict};

use crate::report::Text;

/// Adds what was tested, from which base, what came of it and what that
/// rests on; with `explain` also every rule that was asked.
pub(crate) fn add_run(text: &mut Text, run: &Run, indent: &str, explain: bool) {
    let mut say = |line: String| text.line(format!("{indent}{line}"));
    let evidence = &run.evidence;
    say(format!("head       {}", head(&run.head)));
    say(format!("base       {}", base(&run.plan)));
    say(format!("verdict    {}", verdict(run)));
    say(format!("evidence   base {}", seen(evidence.base.as_ref())));
    say(format!("           head {}", seen(evidence.head.as_ref())));
    match (evidence.previous, &evidence.previous_version) {
        (PreviousKind::Applied, _) => say("previous/  applied to the base".to_owned()),
        (PreviousKind::Stale, Some(version)) => say(format!(
            "previous/  stale: it is for {version}, which is not the base"
        )),
        (PreviousKind::None, _) | (PreviousKind::Stale, None) => {}
    }
    say(match (&run.promotion, &run.head.version) {
        (Promotion::Promoted, Ok(version)) => format!("canonical  moves to {version}"),
        (Promotion::Promoted, Err(_)) => "canonical  moves".to_owned(),
        (Promotion::Unchanged, _) => "canonical  says so already".to_owned(),
        (Promotion::Refused(why), _) => format!("canonical  does not move: {why}"),
    });
    for note in &run.notes {
        say(format!("note       {note}"));
    }
    if explain {
        for (index, step) in run.trail.iter().enumerate() {
            let title = if index == 0 { "trail" } else { "" };
            let outcome = if step.passed { "passes" } else { "decides" };
            let (rung, because) = (step.rung.name(), &step.because);
            say(format!("{title:<9}  {rung:<9}  {outcome:<7}  {because}"));
        }
    }
}

/// A green run in which it is not known whether anything was upgraded.
pub(crate) const GREEN_UNKNOWN: &str = "green, delta unknown";

/// The verdict, with the stage and the account of a red one.
pub(crate) fn verdict(run: &Run) -> String {
    match (&run.verdict, &run.plan) {
        (Verdict::Red { stage, why }, _) => format!("red at {}: {why}", stage.name()),
        (Verdict::Skipped, PlannedBase::Skip { reason }) => format!("skipped: {reason}"),
        (Verdict::Green, _) if run.delta == Some(Delta::Unknown) => GREEN_UNKNOWN.to_owned(),
        (verdict, _) => verdict.kind().name().to_owned(),
    }
}

fn head(head: &TestedHead) -> String {
    let commit = head.commit.short();
    match &head.version {
        Ok(version) => format!("{version}, commit {commit}"),
        Err(why) => format!("version unknown ({why}), commit {commit}"),
    }
}

fn base(base: &PlannedBase) -> String {
    match base.commit() {
        Some(commit) => format!("{base}, commit {}", commit.short()),
        None => base.to_string(),
    }
}

/// What was read back from the stack.
fn seen(stack: Option<&StackEvidence>) -> String {
    let Some(stack) = stack else {
        return "none".to_owned();
    };
    let pinned = format!("pinned tree {}", stack.tree.short());
    let Some(deployed) = &stack.deployed else {
        return format!("{pinned}, not deployed");
    };
    match deployed.label() {
        Ok(version) => {
            let image = deployed.image.as_ref();
            let image = image.map_or_else(String::new, |image| format!(", image {image}"));
            format!("{pinned}, the stack ran {version}{image}")
        }
        Err(why) => format!("{pinned}, the stack ran an unknown version ({why})"),
    }
}

/// The base as a word.
pub(crate) fn base_name(base: &PlannedBase) -> String {
    match (base.version(), base.commit()) {
        (Some(version), _) => version.to_string(),
        (None, Some(commit)) => commit.short().to_string(),
        (None, None) => "none".to_owned(),
    }
}

/// The head as a word.
pub(crate) fn head_name(head: &TestedHead) -> String {
    match &head.version {
        Ok(version) => version.to_string(),
        Err(_) => head.commit.short().to_string(),
    }
}
