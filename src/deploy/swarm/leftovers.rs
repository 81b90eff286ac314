//! What a run puts on the engine, and how it goes: at the end of the run, or
//! later, where the run was killed.
//!
//! The mark is a config of the Swarm with labels that nothing else has. It is
//! made before anything else and removed after everything else.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::deploy::leftover::{Leftover, LeftoverScope};
use crate::deploy::programs::CommandRun;
use crate::deploy::run_folder::lasts;
use crate::deploy::swarm::engine::{EngineError, ask, ask_json, ask_words, refusable, tell};
use crate::deploy::swarm::networks;
use crate::deploy::swarm::state::{NAMESPACE, Service, Stack};

/// The labels of a mark: the stack, the recipe, the machine of the run, and its
/// folder.
const RUN: &str = "samever.run";
const RECIPE: &str = "samever.recipe";
const MACHINE: &str = "samever.machine";
const FOLDER: &str = "samever.folder";

/// What the names of stacks begin with.
const STACK_BEGINNING: &str = "samever-";

/// The most letters of a recipe's name in the name of its stack, and the number of
/// digits behind them.
const WORD_MAX: usize = 12;
const DIGITS: usize = 8;

/// The longest name of a stack, in bytes.
pub(crate) const STACK_NAME_MAX: usize = STACK_BEGINNING.len() + WORD_MAX + 1 + DIGITS;

/// How often it is looked whether everything has gone.
const LOOK: Duration = Duration::from_millis(300);

/// How long it is waited for a task that the engine had begun to start when its
/// service was removed: its container and volume come after that.
const LATE_TASK: Duration = Duration::from_secs(1);

/// How long the removal of a stack may take, at least: an engine that is slow to
/// start a stack is slow to remove it.
const REMOVAL_MAX: Duration = Duration::from_mins(2);

/// Time for the removal after the last task has ended.
const AFTER_THE_LAST: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    spec: ConfigSpec,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigSpec {
    name: String,
    #[serde(default)]
    labels: Value,
}

/// Leaves the mark of a run.
pub(crate) fn mark(run: &CommandRun) -> Result<(), EngineError> {
    let labels = [
        format!("{RUN}={}", run.stack),
        format!("{RECIPE}={}", run.recipe),
        format!("{MACHINE}={}", machine()),
        format!("{FOLDER}={}", run.run_folder.display()),
    ];
    let mut args = vec!["config", "create"];
    for label in &labels {
        args.extend(["--label", label]);
    }
    let name = mark_name(&run.stack);
    args.extend(["--", &name, "-"]);
    tell(
        &args,
        b"A run of samever. It goes when the run has cleaned up.\n",
    )?;
    Ok(())
}

fn mark_name(stack: &str) -> String {
    format!("{stack}_samever")
}

/// Removes a stack with its volumes, secrets, configs and networks, and its
/// mark, and makes sure that they have gone.
pub(crate) fn remove_stack(stack: &str, timeout: Duration) -> Result<(), EngineError> {
    let begin = Instant::now();
    let mut was_empty = false;
    loop {
        remove_once(stack, timeout.saturating_sub(begin.elapsed()))?;
        let left = things_of(stack)?;
        if left.is_empty() {
            if was_empty {
                break;
            }
            was_empty = true;
            std::thread::sleep(LATE_TASK);
            continue;
        }
        was_empty = false;
        if begin.elapsed() >= timeout {
            let left = left.join(", ");
            return Err(EngineError::Refused(format!(
                "the stack {stack} still has {left}"
            )));
        }
    }
    let _ = refusable(ask(&["config", "rm", &mark_name(stack)]))?;
    Ok(())
}

/// The time limit for the removal of a stack. `timeout` is that for a deployment.
pub(crate) fn removal_limit(stack: &str, timeout: Duration) -> Result<Duration, EngineError> {
    let services = Stack::read(stack)?.services;
    let longest = services.iter().map(Service::stop_grace_period).max();
    let longest = Duration::from_nanos(longest.unwrap_or_default());
    Ok(limit(timeout, longest))
}

/// The time limit for a removal whose tasks have up to `longest` to end.
fn limit(timeout: Duration, longest: Duration) -> Duration {
    REMOVAL_MAX.max(timeout).max(longest + AFTER_THE_LAST)
}

/// Tells whether other runs have stacks on the engine, or may have.
pub(crate) fn has_other_runs(stack: &str) -> Result<bool, EngineError> {
    let filter = format!("label={RUN}");
    let marks = ask_words(&["config", "ls", "--format", "{{.Name}}", "--filter", &filter])?;
    let own = mark_name(stack);
    Ok(marks.iter().any(|mark| *mark != own))
}

/// Removes what can go now: a thing that another still uses goes the next time.
fn remove_once(stack: &str, timeout: Duration) -> Result<(), EngineError> {
    let begin = Instant::now();
    let filter = format!("label={NAMESPACE}={stack}");
    let _ = refusable(ask(&["stack", "rm", stack]))?;
    let containers = ["container", "ls", "--all", "--quiet", "--filter", &filter];
    let ended = [
        &containers[..],
        &["--filter", "status=exited", "--filter", "status=created"],
    ];
    let ended = ended.concat();
    while !ask_words(&containers)?.is_empty() && begin.elapsed() < timeout {
        // The engine keeps those of jobs that have ended.
        let ids = ask_words(&ended)?;
        if !ids.is_empty()
            && ask_words(&["service", "ls", "--quiet", "--filter", &filter])?.is_empty()
        {
            let mut args = vec!["container", "rm", "--volumes"];
            args.extend(ids.iter().map(String::as_str));
            let _ = refusable(ask(&args))?;
        }
        std::thread::sleep(LOOK);
    }
    for kind in ["volume", "secret", "config", "network"] {
        let ids = ask_words(&[kind, "ls", "--quiet", "--filter", &filter])?;
        if !ids.is_empty() {
            let mut args = vec![kind, "rm"];
            args.extend(ids.iter().map(String::as_str));
            let _ = refusable(ask(&args))?;
        }
    }
    Ok(())
}

/// What belongs to a stack, besides its mark: such as `volume x_data`.
fn things_of(stack: &str) -> Result<Vec<String>, EngineError> {
    let filter = format!("label={NAMESPACE}={stack}");
    let mut things = Vec::new();
    for (kind, name, all) in [
        ("service", "{{.Name}}", None),
        ("container", "{{.Names}}", Some("--all")),
        ("volume", "{{.Name}}", None),
        ("secret", "{{.Name}}", None),
        ("config", "{{.Name}}", None),
        ("network", "{{.Name}}", None),
    ] {
        let mut args = vec![kind, "ls", "--format", name, "--filter", &filter];
        args.extend(all);
        let names = ask_words(&args)?;
        things.extend(names.iter().map(|name| format!("{kind} {name}")));
    }
    Ok(things)
}

/// Removes what runs that were killed have left on the engine.
pub(crate) fn sweep_engine(scope: &LeftoverScope<'_>) -> Result<Vec<Leftover>, EngineError> {
    let filter = format!("label={RUN}");
    let (mut found, mut over) = (Vec::new(), Vec::new());
    for id in ask_words(&["config", "ls", "--quiet", "--filter", &filter])? {
        let inspected = ask_json::<Vec<Config>>(&["config", "inspect", &id]);
        let config = match inspected {
            Ok(mut configs) if !configs.is_empty() => configs.swap_remove(0),
            // It has gone in the meantime.
            Ok(_) | Err(EngineError::Refused(_)) => continue,
            Err(error) => return Err(error),
        };
        let label = |name: &str| {
            config.spec.labels[name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let (stack, of_machine) = (label(RUN), label(MACHINE));
        // A recipe may declare a config with any labels: its name and the label
        // of its stack give it away.
        if config.spec.name != mark_name(&stack)
            || !config.spec.labels[NAMESPACE].is_null()
            || !is_stack_name(&stack)
        {
            continue;
        }
        match scope.takes(config.spec.labels[RECIPE].as_str()) {
            Some(true) => {}
            Some(false) => continue,
            None => {
                found.push(Leftover::Unnamed(format!("the stack {stack}")));
                continue;
            }
        }
        let folder = PathBuf::from(label(FOLDER));
        // The trees are beside the folder that the run keeps things in.
        let top = folder.parent().unwrap_or(&folder);
        if of_machine != machine() {
            found.push(Leftover::Elsewhere(stack, of_machine));
        } else if lasts(top) {
            found.push(Leftover::Running(stack));
        } else if scope.needs_folder && !top.is_dir() {
            found.push(Leftover::Unproved(stack));
        } else if scope.dry_run {
            found.push(Leftover::Stack(stack));
        } else {
            // All of them begin to go at once; each is waited for below.
            let _ = refusable(ask(&["stack", "rm", &stack]))?;
            over.push(stack);
        }
    }
    for stack in over {
        let removed = removal_limit(&stack, REMOVAL_MAX);
        let removed = removed.and_then(|limit| remove_stack(&stack, limit));
        found.push(match removed {
            Ok(()) => Leftover::Stack(stack),
            Err(EngineError::Refused(why)) => Leftover::Stuck(format!("the stack {stack}"), why),
            Err(error) => return Err(error),
        });
    }
    if !scope.dry_run {
        networks::remove_made()?;
    }
    Ok(found)
}

/// Makes a name for a stack that no other run has: letters, digits and dashes,
/// short enough for what its services are called after it.
pub(crate) fn stack_name(recipe: &str) -> String {
    let random = RandomState::new().hash_one(std::process::id());
    format!(
        "{STACK_BEGINNING}{}-{:0DIGITS$x}",
        word(recipe),
        random & 0xffff_ffff
    )
}

/// Tells whether a name is one that [`stack_name`] makes.
pub(crate) fn is_stack_name(name: &str) -> bool {
    let middle = name.strip_prefix(STACK_BEGINNING);
    middle.is_some_and(|rest| match rest.rsplit_once('-') {
        Some((recipe, random)) => {
            // Releases before this one took up to 24 letters of the recipe's name.
            recipe.len() <= 24
                && recipe.bytes().all(|letter| {
                    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-'
                })
                && random.len() == DIGITS
                && random.chars().all(|digit| digit.is_ascii_hexdigit())
        }
        None => false,
    })
}

/// The beginning of a text, with a dash for all but letters and digits of ASCII: so
/// long that the name of a stack leaves room for the longest names of secrets.
pub(crate) fn word(text: &str) -> String {
    let letter = |character: char| {
        if character.is_ascii_alphanumeric() {
            character.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    text.chars().map(letter).take(WORD_MAX).collect()
}

/// The name of this machine, as far as it has one.
fn machine() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname");
    let name = name.or_else(|_| std::env::var("HOSTNAME"));
    let name = name.unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        "unknown".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{STACK_NAME_MAX, is_stack_name, limit, stack_name};

    #[test]
    fn a_removal_may_take_as_long_as_its_slowest_task() {
        for (timeout, longest, expected) in [
            (60, 10, 120),
            (900, 10, 900),
            (60, 120, 150),
            (900, 1800, 1830),
        ] {
            let limit = limit(Duration::from_secs(timeout), Duration::from_secs(longest));
            assert_eq!(limit, Duration::from_secs(expected), "{timeout} {longest}");
        }
    }

    #[test]
    fn only_names_that_samever_makes_are_those_of_its_stacks() {
        for recipe in ["custom-html", "", "a.b_c", "größe", &"x".repeat(100)] {
            let name = stack_name(recipe);
            assert!(is_stack_name(&name), "{name}");
            assert!(name.len() <= STACK_NAME_MAX, "{name}");
        }
        assert_ne!(stack_name("a"), stack_name("a"));
        for name in [
            "production",
            "samever",
            "samever-",
            "samever-production",
            "samever-a-1234567",
            "samever-a-1234567g",
            "samever-A-12345678",
            "samever-a b-12345678",
            "",
        ] {
            assert!(!is_stack_name(name), "{name}");
        }
    }
}
