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

/// The task of a service that tells most: the newest that went wrong, or one that
/// has not come up.
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
    let newest_wrong = with_container().find(went_wrong);
    let is_not_up = |task: &&Task| !task.is_up() && !ends_well(service, task);
    newest_wrong.or_else(|| with_container().find(is_not_up))
}

fn container(task: &Task) -> &str {
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
    let failed = results.iter().rev().find(|result| result.exit_code != 0);
    if let Some(HealthResult { exit_code, output }) = failed {
        lines.push(format!("{name}: its healthcheck ended with {exit_code}"));
        lines.extend(
            output
                .lines()
                .map(|line| format!("{name} healthcheck: {line}")),
        );
    }
    lines
}
