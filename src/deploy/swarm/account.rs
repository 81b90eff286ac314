//! Why a stack is red, in the words of what ran: the last lines that the failed
//! tasks printed, and what their healthchecks said. The teardown takes both away.

use serde::Deserialize;

use crate::deploy::swarm::engine::{ask_both, ask_json};
use crate::deploy::swarm::progress::{ends_well, has_ended};
use crate::deploy::swarm::state::{Service, Stack, Task};

/// How many lines of a task are told.
const LINES_MAX: &str = "20";

/// How many services are told of.
const SERVICES_MAX: usize = 5;

/// The health of a container, as `docker container inspect` has it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    log: Option<Vec<HealthResult>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HealthResult {
    #[serde(default)]
    exit_code: i64,
    #[serde(default)]
    output: String,
}

/// The last lines of each service that is not as it should be, or of all services. What
/// the engine has forgotten is left out.
pub(super) fn account(stack: &Stack, of_all: bool) -> Vec<String> {
    let told = stack.services.iter().filter_map(|service| {
        let task = suspect(stack, service).or_else(|| {
            let newest = stack
                .tasks_of(service)
                .find(|task| !container(task).is_empty());
            newest.filter(|_| of_all)
        })?;
        Some(account_of(service, task))
    });
    told.take(SERVICES_MAX).flatten().collect()
}

/// The task of a service that tells most: the newest that went wrong, or one that has
/// not come up. One of which the engine tells no error may be one that it has stopped.
fn suspect<'a>(stack: &'a Stack, service: &'a Service) -> Option<&'a Task> {
    // After a rollback it is the tasks of another version that tell.
    let is_rolled_back = service.is_rolled_back();
    let with_container = || {
        let tasks = stack.tasks.iter();
        tasks.filter(|task| {
            task.service_id == service.id
                && task.is_of(service) != is_rolled_back
                && !container(task).is_empty()
        })
    };
    let went_wrong = |task: &&Task| has_ended(task) && !ends_well(service, task);
    let has_error = |task: &&Task| went_wrong(task) && !task.status.err.is_empty();
    let is_not_up = |task: &&Task| !task.is_up() && !ends_well(service, task);
    with_container()
        .find(has_error)
        .or_else(|| with_container().find(went_wrong))
        .or_else(|| with_container().find(is_not_up))
}

/// The id of a task's container; empty where it has none.
pub(super) fn container(task: &Task) -> &str {
    let status = task.status.container_status.as_ref();
    status.map_or("", |status| &status.container_id)
}

fn account_of(service: &Service, task: &Task) -> Vec<String> {
    let name = &service.spec.name;
    let state = match task.status.err.as_str() {
        "" => &task.status.state,
        error => error,
    };
    let mut lines = vec![format!("{name}: {state}")];
    let id = container(task);
    // A task on another node is asked about by way of the engine.
    let printed = ask_both(&["container", "logs", "--tail", LINES_MAX, id])
        .or_else(|_| ask_both(&["service", "logs", "--raw", "--tail", LINES_MAX, &task.id]));
    let printed = printed.unwrap_or_default();
    lines.extend(
        printed
            .lines()
            .map(|line| format!("{name} printed: {line}")),
    );
    let health = [
        "container",
        "inspect",
        "--format",
        "{{json .State.Health}}",
        id,
    ];
    let health = ask_json::<Option<Health>>(&health).ok().flatten();
    let results = health.and_then(|health| health.log).unwrap_or_default();
    if let Some(HealthResult { exit_code, output }) = telling(&results) {
        lines.push(format!("{name}: its healthcheck ended with {exit_code}"));
        lines.extend(
            output
                .lines()
                .map(|line| format!("{name} healthcheck: {line}")),
        );
    }
    lines
}

/// The newest healthcheck that failed and said why; else the newest that failed. One
/// that was under way when the engine stopped the container was killed, and says nothing.
fn telling(results: &[HealthResult]) -> Option<&HealthResult> {
    let failed = || {
        let newest_first = results.iter().rev();
        newest_first.filter(|result| result.exit_code != 0)
    };
    let says_why = |result: &&HealthResult| !result.output.trim().is_empty();
    failed().find(says_why).or_else(|| failed().next())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The task that tells most of one service's tasks, the newest first: state, error.
    fn suspect_of(tasks: &[(&str, &str)]) -> Option<usize> {
        let service = json!({
            "ID": "s",
            "Spec": {
                "Name": "x_app",
                "TaskTemplate": {"ContainerSpec": {"Image": "i"}},
                "Mode": {"Replicated": {"Replicas": 1}},
            },
        });
        let task = |(at, (state, error)): (usize, &(&str, &str))| {
            let task = json!({
                "ID": at.to_string(),
                "ServiceID": "s",
                "Slot": 1,
                "CreatedAt": "2026-01-01T00:00:00Z",
                "Spec": {"ContainerSpec": {"Image": "i"}},
                "Status": {
                    "State": state,
                    "Err": error,
                    "ContainerStatus": {"ContainerID": "c"},
                },
                "DesiredState": "running",
            });
            serde_json::from_value::<Task>(task).unwrap()
        };
        let stack = Stack {
            tasks: tasks.iter().enumerate().map(task).collect(),
            services: vec![serde_json::from_value(service).unwrap()],
        };
        suspect(&stack, &stack.services[0]).map(|task| task.id.parse().unwrap())
    }

    #[test]
    fn a_task_that_the_engine_has_stopped_does_not_hide_the_one_that_failed() {
        let failed = ("failed", "task: non-zero exit (1)");
        let (stopped, up, begins) = (("complete", ""), ("running", ""), ("starting", ""));
        assert_eq!(suspect_of(&[]), None);
        assert_eq!(suspect_of(&[up]), None);
        assert_eq!(suspect_of(&[stopped, failed, failed]), Some(1));
        assert_eq!(suspect_of(&[up, stopped]), Some(1));
        assert_eq!(suspect_of(&[begins, stopped]), Some(1));
        assert_eq!(suspect_of(&[up, begins]), Some(1));
    }

    #[test]
    fn a_healthcheck_that_the_stop_has_killed_does_not_hide_the_one_before_it() {
        let told = |results: &[(i64, &str)]| {
            let results = results.iter().map(|&(exit_code, output)| HealthResult {
                exit_code,
                output: output.to_owned(),
            });
            let results: Vec<_> = results.collect();
            telling(&results).map(|result| (result.exit_code, result.output.clone()))
        };
        let with = |code, output: &str| Some((code, output.to_owned()));
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[(0, "fine")]), None);
        assert_eq!(told(&[(1, "gone"), (137, "")]), with(1, "gone"));
        assert_eq!(told(&[(1, "gone"), (137, "\n")]), with(1, "gone"));
        assert_eq!(told(&[(1, "gone"), (2, "late")]), with(2, "late"));
        assert_eq!(told(&[(1, "gone"), (0, "fine")]), with(1, "gone"));
        assert_eq!(told(&[(0, "fine"), (1, ""), (137, "")]), with(137, ""));
    }
}
