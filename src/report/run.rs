//! One run of the tier, for people.

use samever_core::Delta;

use crate::recipe::COMPOSE;
use crate::run::{
    PlannedBase, PreviousKind, Promotion, Run, StackEvidence, TestedHead, Verdict, VerdictKind,
};

use crate::report::Text;

/// Adds what was tested, from which base, what came of it and what that
/// rests on; with `explain` also every rule that was asked.
///
/// Where nothing was started, it is files that were read back.
pub(crate) fn add_run(text: &mut Text, run: &Run, started: bool, indent: &str, explain: bool) {
    let mut say = |line: String| text.line(format!("{indent}{line}"));
    let evidence = &run.evidence;
    say(format!("head       {}", head(&run.head)));
    say(format!("base       {}", base(&run.plan)));
    if !run.stops.is_empty() {
        let stops = run.stops.iter().map(base_name).collect::<Vec<_>>();
        say(format!("stops      {}", stops.join(", ")));
    }
    say(format!("verdict    {}", verdict(run, started)));
    say(format!(
        "evidence   base {}",
        seen(evidence.base.as_ref(), started)
    ));
    for stop in &evidence.stops {
        say(format!("           stop {}", seen(Some(stop), started)));
    }
    say(format!(
        "           head {}",
        seen(evidence.head.as_ref(), started)
    ));
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

/// The verdict, with the stage and the account of a red one, and with what a
/// green one does not show: that anything was started or upgraded.
pub(crate) fn verdict(run: &Run, started: bool) -> String {
    match (&run.verdict, &run.plan) {
        (Verdict::Red { stage, why }, _) => format!("red at {}: {why}", stage.name()),
        (Verdict::Skipped, PlannedBase::Skip { reason }) => format!("skipped: {reason}"),
        (verdict, _) => short_verdict(verdict.kind(), run, started),
    }
}

/// The same in a few words.
pub(crate) fn short_verdict(kind: VerdictKind, run: &Run, started: bool) -> String {
    let mut words = vec![kind.name()];
    if kind == VerdictKind::Green {
        words.extend(if !started {
            Some("files alone")
        } else if run.evidence.is_seen() {
            None
        } else {
            Some("version not seen")
        });
        words.extend(match run.delta {
            Some(Delta::Unknown) => Some("delta unknown"),
            Some(Delta::Backward) => Some("downgrade"),
            Some(Delta::Forward | Delta::None) | None => None,
        });
    }
    words.join(", ")
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
fn seen(stack: Option<&StackEvidence>, started: bool) -> String {
    let Some(stack) = stack else {
        return "none".to_owned();
    };
    let pinned = format!("pinned tree {}", stack.tree.short());
    let Some(deployed) = &stack.deployed else {
        return format!("{pinned}, not deployed");
    };
    let saw = if started {
        "the stack ran"
    } else {
        "the files say"
    };
    match deployed.label() {
        Ok(version) => {
            let image = deployed.image.as_ref();
            let image = image.map_or_else(String::new, |image| format!(", image {image}"));
            let files = match deployed.compose_files.as_slice() {
                [] => String::new(),
                [only] if only == COMPOSE => String::new(),
                files => format!(", from {}", files.join(":")),
            };
            format!("{pinned}, {saw} {version}{image}{files}")
        }
        Err(why) => format!("{pinned}, {saw} an unknown version ({why})"),
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
