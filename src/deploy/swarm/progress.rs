//! How far a stack has come, at one moment.
//!
//! A service has places: a replica's slot, or a node. In each of them tasks follow
//! each other, and the newest tells how the place is.

use std::collections::BTreeMap;

use crate::deploy::swarm::state::{Service, Stack, Task};

/// The engine's pause before a task is started again, in nanoseconds.
const RESTART_DELAY: u64 = 5_000_000_000;

/// Parts of the engine's message for a task without a place: its port is taken, or no
/// node has the room or the label.
const NO_PLACE: [&str; 3] = [
    "no suitable node",
    "port is already allocated",
    "address already in use",
];

/// Part of the engine's message for a mount of a path that is not there.
const PATH_MISSING: &str = "bind source path does not exist";

/// Part of the engine's message for a task that got no network from a busy engine.
const NO_ATTACHMENT: &str = "node is missing network attachments";

/// How far a stack has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Converged,
    /// These do not, yet.
    Waiting(String),
    /// This will not, by itself.
    Failed(String),
    /// This will not while the machines have no place for it.
    NoPlace(String),
    /// This wants a path of the machine that is not there.
    PathMissing(String),
}

impl Progress {
    /// Why it has not converged.
    pub(super) fn why(self) -> Option<String> {
        match self {
            Self::Converged => None,
            Self::Waiting(why)
            | Self::Failed(why)
            | Self::NoPlace(why)
            | Self::PathMissing(why) => Some(why),
        }
    }
}

/// How far a stack has come.
pub(super) fn progress(stack: &Stack) -> Progress {
    let mut waiting = Vec::new();
    for service in &stack.services {
        match service_progress(stack, service) {
            Progress::Converged => {}
            Progress::Waiting(why) => waiting.push(why),
            end @ (Progress::Failed(_) | Progress::NoPlace(_) | Progress::PathMissing(_)) => {
                return end;
            }
        }
    }
    if stack.services.is_empty() {
        waiting.push("it has no services".to_owned());
    }
    if waiting.is_empty() {
        Progress::Converged
    } else {
        Progress::Waiting(waiting.join("; "))
    }
}

fn service_progress(stack: &Stack, service: &Service) -> Progress {
    let name = &service.spec.name;
    let tasks: Vec<_> = stack.tasks_of(service).collect();
    let why = error_of(&tasks);
    let (state, message) = match &service.update_status {
        Some(status) => (status.state.as_str(), status.message.as_str()),
        None => ("", ""),
    };
    let said = if message.is_empty() { state } else { message };
    if service.is_rolled_back() {
        // The tasks are of the version before, so this one's have gone.
        let tasks = stack.tasks.iter();
        let tasks: Vec<_> = tasks.filter(|task| task.service_id == service.id).collect();
        return Progress::Failed(format!("{name}: {said}{}", error_of(&tasks)));
    }
    let mut places: BTreeMap<_, Vec<&Task>> = BTreeMap::new();
    for task in &tasks {
        places.entry(task.place(service)).or_default().push(task);
    }
    for place in places.values() {
        if let Some(end) = end_of_place(service, place) {
            return end;
        }
    }
    let fine = places.values().filter(|place| is_fine(service, place));
    let fine = fine.count();
    let (wanted, what) = wanted(service, &places);
    let is_updating = state == "updating";
    if fine >= wanted && !is_updating {
        return Progress::Converged;
    }
    let is_pending = tasks.iter().any(|task| task.is_wanted() && !task.is_up());
    let counted = format!("{name}: {fine} of {wanted} {what}");
    if state == "paused" && !is_pending {
        return Progress::Failed(format!(
            "{counted}, and its update goes no further: {said}{why}"
        ));
    }
    let updating = if is_updating { ", updating" } else { "" };
    Progress::Waiting(format!("{counted}{updating}{why}"))
}

/// The number of places that a service needs, and the verb for a place that is fine.
fn wanted(service: &Service, places: &BTreeMap<(u64, &str), Vec<&Task>>) -> (usize, &'static str) {
    let mode = &service.spec.mode;
    if let Some(job) = &mode.replicated_job {
        return (job.total_completions.unwrap_or(1), "complete");
    }
    if let Some(replicated) = &mode.replicated {
        return (replicated.replicas.unwrap_or(1), "run");
    }
    // Of a global service the engine makes as many tasks as it wants.
    let is_wanted = |place: &&Vec<&Task>| {
        let newest = place.first();
        newest.is_some_and(|newest| newest.is_wanted() || !newest.is(&["shutdown"]))
    };
    let count = places.values().filter(is_wanted).count().max(1);
    let what = if mode.global_job.is_some() {
        "complete"
    } else {
        "run"
    };
    (count, what)
}

/// Tells whether a place is as it should be.
fn is_fine(service: &Service, place: &[&Task]) -> bool {
    if service.is_job() {
        return place.first().is_some_and(|task| task.is(&["complete"]));
    }
    if place.iter().any(|task| task.is_up()) {
        return true;
    }
    // The newest that has ended, before one that waits for its time.
    let ended = place.iter().find(|task| has_ended(task));
    ended.is_some_and(|task| ends_well(service, task))
}

/// Tells whether a task ended as its service is meant to: the service runs once, or
/// again after a pause that is longer than the engine's own. A service with the version
/// label, a port or a healthcheck is not to end.
pub(super) fn ends_well(service: &Service, task: &Task) -> bool {
    let policy = &service.spec.task_template.restart_policy;
    let may_end = matches!(policy.condition.as_str(), "none" | "on-failure")
        || policy.delay.is_some_and(|delay| delay > RESTART_DELAY);
    task.is(&["complete"]) && (service.is_job() || may_end && !service.is_lasting())
}

fn has_no_place(error: &str) -> bool {
    NO_PLACE.iter().any(|sign| error.contains(sign))
}

/// Tells whether a task ended by itself and should not have. The end of a task that is
/// removed does not count, and neither does one for which the machine lacks something.
pub(super) fn ends_badly(service: &Service, task: &Task) -> bool {
    let error = &task.status.err;
    let lacks_something =
        has_no_place(error) || error.contains(PATH_MISSING) || error.contains(NO_ATTACHMENT);
    has_ended(task)
        && !ends_well(service, task)
        && task.desired_state != "remove"
        && !lacks_something
}

/// Tells whether a task has run, and runs no more.
pub(super) fn has_ended(task: &Task) -> bool {
    task.has_failed() || task.is(&["complete"])
}

/// The end of a place at which the engine starts no further task.
fn end_of_place(service: &Service, place: &[&Task]) -> Option<Progress> {
    let newest = place.first()?;
    let name = &service.spec.name;
    let is_up = place.iter().any(|task| task.is_up());
    // One that is to start next says nothing yet: the one before does.
    let last = place.iter().find(|task| !task.status.err.is_empty());
    if let Some(last) = last.filter(|_| !is_up) {
        let error = &last.status.err;
        let told = format!("{name}: {error}");
        if has_no_place(error) {
            return Some(Progress::NoPlace(told));
        }
        if error.contains(PATH_MISSING) {
            return Some(Progress::PathMissing(told));
        }
        if last.is(&["rejected"]) && error.contains("No such image") {
            return Some(Progress::Failed(told));
        }
    }
    let policy = &service.spec.task_template.restart_policy;
    let may_be_given_up = match policy.condition.as_str() {
        "none" => true,
        "on-failure" if newest.is(&["complete"]) => true,
        _ => policy.max_attempts.is_some_and(|attempts| attempts > 0),
    };
    let is_given_up = may_be_given_up
        && newest.desired_state == "shutdown"
        && has_ended(newest)
        && !ends_well(service, newest)
        && !place.iter().any(|task| task.is_wanted());
    is_given_up.then(|| {
        let error = error_of(place);
        Progress::Failed(format!(
            "{name}: it has ended, and the engine does not start it again{error}"
        ))
    })
}

/// What the newest task that went wrong says, after a colon.
pub(super) fn error_of(tasks: &[&Task]) -> String {
    let failed = tasks.iter().find(|task| !task.status.err.is_empty());
    failed.map_or_else(String::new, |task| format!(": {}", task.status.err))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Progress, ends_badly, progress};
    use crate::deploy::swarm::state::{Stack, Task};

    /// A service with this mode and restart policy, whose update is in this state.
    fn service(mode: &Value, policy: &Value, update: &str) -> Value {
        json!({
            "ID": "s",
            "Spec": {
                "Name": "x_app",
                "TaskTemplate": {"ContainerSpec": {"Image": "i"}, "RestartPolicy": policy},
                "Mode": mode,
            },
            "UpdateStatus": {"State": update, "Message": "update paused"},
        })
    }

    /// Tasks, the newest first: slot, state, desired state, error.
    fn stack(service: Value, tasks: &[&str]) -> Stack {
        let is_global = !service["Spec"]["Mode"]["Global"].is_null();
        let task = |(at, task): (usize, &&str)| {
            let parts: Vec<_> = task.splitn(4, ' ').collect();
            let node = if is_global { parts[0] } else { "" };
            let task = json!({
                "ID": format!("t{at}"),
                "ServiceID": "s",
                "Slot": parts[0].parse::<u64>().unwrap(),
                "NodeID": node,
                "CreatedAt": "2026-01-01T00:00:00Z",
                "Spec": {"ContainerSpec": {"Image": "i"}},
                "Status": {"State": parts[1], "Err": parts.get(3).unwrap_or(&"")},
                "DesiredState": parts[2],
            });
            serde_json::from_value::<Task>(task).unwrap()
        };
        Stack {
            tasks: tasks.iter().enumerate().map(task).collect(),
            services: vec![serde_json::from_value(service).unwrap()],
        }
    }

    fn told(service: Value, tasks: &[&str]) -> String {
        match progress(&stack(service, tasks)) {
            Progress::Converged => "converged".to_owned(),
            Progress::Waiting(why) => format!("waiting: {why}"),
            Progress::Failed(why) => format!("failed: {why}"),
            Progress::NoPlace(why) => format!("no place: {why}"),
            Progress::PathMissing(why) => format!("path: {why}"),
        }
    }

    const UP: &str = "1 running running";
    const UP_TOO: &str = "2 running running";
    const NEXT: &str = "1 ready ready";
    const FAILED: &str = "1 failed shutdown exit (1)";
    const ENDED: &str = "1 complete shutdown";
    const GIVEN_UP: &str = "failed: x_app: it has ended, and the engine does not start it again";

    /// Judges a service with replicas and this condition and delay, in seconds.
    #[track_caller]
    fn judged(replicas: u64, condition: &str, delay: u64, tasks: &[&str], expected: &str) {
        let mode = json!({"Replicated": {"Replicas": replicas}});
        let attempts = u64::from(condition == "on-failure");
        let policy = json!({
            "Condition": condition,
            "Delay": delay * 1_000_000_000,
            "MaxAttempts": attempts,
        });
        let told = told(service(&mode, &policy, ""), tasks);
        assert_eq!(told, expected, "{replicas} {policy} {tasks:?}");
    }

    #[test]
    fn a_service_with_replicas_is_judged_by_its_places() {
        judged(1, "any", 5, &[UP], "converged");
        judged(2, "any", 5, &[UP], "waiting: x_app: 1 of 2 run");
        judged(2, "any", 5, &[UP, UP_TOO], "converged");
        judged(0, "any", 5, &[], "converged");
        judged(1, "any", 5, &[], "waiting: x_app: 0 of 1 run");
        judged(1, "any", 5, &[UP, FAILED], "converged");
        // What is removed for fewer replicas has not failed.
        judged(
            1,
            "any",
            5,
            &[UP, "2 failed remove exit (143)"],
            "converged",
        );
        // Of two places one is given up.
        let one_of_two = [UP, "2 failed shutdown exit (2)"];
        judged(2, "none", 5, &one_of_two, &format!("{GIVEN_UP}: exit (2)"));
        let no_image = "1 rejected shutdown No such image: x";
        judged(1, "any", 5, &[no_image], "failed: x_app: No such image: x");
        judged(
            1,
            "any",
            5,
            &[NEXT, no_image],
            "failed: x_app: No such image: x",
        );
        judged(1, "any", 5, &[UP, no_image], "converged");
        let no_path = "1 rejected shutdown bind source path does not exist: /x";
        let why = "path: x_app: bind source path does not exist: /x";
        judged(1, "any", 5, &[no_path], why);
        let no_network = ["1 rejected shutdown no network", NEXT];
        judged(
            1,
            "any",
            5,
            &no_network,
            "waiting: x_app: 0 of 1 run: no network",
        );
        let no_port =
            "1 pending running no suitable node (host-mode port already in use on 1 node)";
        let why = no_port.trim_start_matches("1 pending running ");
        judged(1, "any", 5, &[no_port], &format!("no place: x_app: {why}"));
    }

    #[test]
    fn an_end_is_judged_by_the_restart_policy() {
        let waits = "waiting: x_app: 0 of 1 run: exit (1)";
        judged(1, "any", 5, &[NEXT, FAILED], waits);
        // The engine has not decided yet.
        judged(1, "none", 5, &["1 failed running exit (1)"], waits);
        let given_up = format!("{GIVEN_UP}: exit (1)");
        judged(1, "none", 5, &[FAILED], &given_up);
        judged(1, "on-failure", 5, &[FAILED, FAILED], &given_up);
        judged(1, "none", 5, &[ENDED], "converged");
        judged(1, "on-failure", 5, &[ENDED, FAILED], "converged");
        judged(1, "any", 5, &[FAILED], waits);
        judged(1, "any", 5, &[ENDED], "waiting: x_app: 0 of 1 run");
        // One that runs each hour is as it should be between two runs.
        judged(1, "any", 3600, &[NEXT, ENDED], "converged");
        judged(1, "any", 3600, &[NEXT, FAILED], waits);
        judged(1, "any", 1, &[NEXT, ENDED], "waiting: x_app: 0 of 1 run");
    }

    #[test]
    fn what_says_the_version_or_is_reached_by_others_is_not_to_end() {
        let one = json!({"Replicated": {"Replicas": 1}});
        let policy = json!({"Condition": "on-failure"});
        for (path, value) in [
            ("/Spec/Labels", json!({"coop-cloud.x.version": "1.0.0+1"})),
            ("/Endpoint", json!({"Ports": [{"TargetPort": 80}]})),
            (
                "/Spec/TaskTemplate/ContainerSpec/Healthcheck",
                json!({"Test": ["CMD", "true"]}),
            ),
        ] {
            let mut service = service(&one, &policy, "");
            let (parent, key) = path.rsplit_once('/').unwrap();
            service.pointer_mut(parent).unwrap()[key] = value;
            let health = service["Spec"]["TaskTemplate"]["ContainerSpec"].clone();
            let mut stack = stack(service, &[ENDED]);
            stack.tasks[0].spec.container_spec = health;
            assert_eq!(
                progress(&stack),
                Progress::Failed(GIVEN_UP.trim_start_matches("failed: ").to_owned()),
                "{path}"
            );
        }
    }

    #[test]
    fn the_ends_that_count_are_those_that_the_recipe_is_at_fault_for() {
        let one = json!({"Replicated": {"Replicas": 1}});
        let policy = json!({"Condition": "on-failure"});
        for (task, counts) in [
            (FAILED, true),
            ("1 rejected shutdown exit (1)", true),
            (ENDED, false),
            (UP, false),
            ("1 failed remove exit (143)", false),
            ("1 failed shutdown port is already allocated", false),
            (
                "1 rejected shutdown node is missing network attachments",
                false,
            ),
            (
                "1 rejected shutdown bind source path does not exist: /x",
                false,
            ),
        ] {
            let stack = stack(service(&one, &policy, ""), &[task]);
            let found = ends_badly(&stack.services[0], &stack.tasks[0]);
            assert_eq!(found, counts, "{task}");
        }
    }

    #[test]
    fn a_job_has_converged_once_all_of_it_is_complete() {
        let job = json!({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 2}});
        let policy = json!({"Condition": "none"});
        let (first, second) = ("0 complete complete", "1 complete complete");
        let given_up = format!("{GIVEN_UP}: exit (1)");
        for (tasks, expected) in [
            (&[first][..], "waiting: x_app: 1 of 2 complete"),
            (&[second, first], "converged"),
            (
                &["1 running complete", first],
                "waiting: x_app: 1 of 2 complete",
            ),
            (&[FAILED, first], &given_up),
        ] {
            assert_eq!(
                told(service(&job, &policy, ""), tasks),
                expected,
                "{tasks:?}"
            );
        }
        let global = json!({"GlobalJob": {}});
        assert_eq!(told(service(&global, &policy, ""), &[first]), "converged");
    }

    #[test]
    fn a_global_service_has_a_place_on_each_node() {
        let global = json!({"Global": {}});
        let policy = json!({"Condition": "any"});
        for (tasks, expected) in [
            (&[UP, UP_TOO][..], "converged"),
            (&[UP, "2 starting running"], "waiting: x_app: 1 of 2 run"),
            // A node that is drained wants nothing.
            (&[UP, "2 shutdown shutdown"], "converged"),
            (&[], "waiting: x_app: 0 of 1 run"),
        ] {
            assert_eq!(
                told(service(&global, &policy, ""), tasks),
                expected,
                "{tasks:?}"
            );
        }
    }

    #[test]
    fn an_update_that_is_paused_waits_while_something_may_come_up() {
        let two = json!({"Replicated": {"Replicas": 2}});
        let policy = json!({"Condition": "any"});
        let stays = "failed: x_app: 1 of 2 run, and its update goes no further: update paused";
        for (update, tasks, expected) in [
            (
                "updating",
                &[UP, UP_TOO][..],
                "waiting: x_app: 2 of 2 run, updating",
            ),
            ("completed", &[UP, UP_TOO], "converged"),
            ("paused", &[UP, UP_TOO], "converged"),
            (
                "paused",
                &[UP, "2 ready ready"],
                "waiting: x_app: 1 of 2 run",
            ),
            ("paused", &[UP], stays),
            (
                "rollback_completed",
                &[UP, UP_TOO],
                "failed: x_app: update paused",
            ),
            ("rollback_started", &[], "failed: x_app: update paused"),
        ] {
            let told = told(service(&two, &policy, update), tasks);
            assert_eq!(told, expected, "{update} {tasks:?}");
        }
    }
}
