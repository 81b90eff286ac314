//! What a stack's services have come to: converged or not, and what runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::deploy::swarm::engine::{EngineError, ask_json, ask_words};

/// The label that ties things to a stack.
pub(crate) const NAMESPACE: &str = "com.docker.stack.namespace";

/// What of a container's specification a task must share with its service, so
/// that it is one of the service as it is now. (`docker service inspect` adds
/// defaults to others.)
const SHARED: [&str; 11] = [
    "Image",
    "Labels",
    "Command",
    "Args",
    "Env",
    "Dir",
    "User",
    "Mounts",
    "Healthcheck",
    "Secrets",
    "Configs",
];

/// A service of a stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Service {
    #[serde(rename = "ID")]
    id: String,
    spec: ServiceSpec,
    update_status: Option<UpdateStatus>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceSpec {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    task_template: TaskSpec,
    mode: Mode,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TaskSpec {
    container_spec: Value,
    restart_policy: RestartPolicy,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RestartPolicy {
    condition: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mode {
    replicated: Option<Replicated>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Replicated {
    replicas: Option<usize>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateStatus {
    #[serde(default)]
    state: String,
    #[serde(default)]
    message: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "ServiceID")]
    service_id: String,
    created_at: String,
    #[serde(default)]
    spec: TaskSpec,
    status: TaskStatus,
    desired_state: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TaskStatus {
    state: String,
    #[serde(default)]
    err: String,
}

/// A stack as it is at one moment.
#[derive(Debug)]
pub(crate) struct Stack {
    services: Vec<Service>,
    tasks: Vec<Task>,
}

/// How far a stack has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Converged,
    /// These do not, yet.
    Waiting(String),
    /// This will not, by itself.
    Failed(String),
}

impl Stack {
    /// Reads a stack from the engine.
    pub(crate) fn read(name: &str) -> Result<Self, EngineError> {
        let filter = format!("label={NAMESPACE}={name}");
        let ids = ask_words(&["service", "ls", "--quiet", "--filter", &filter])?;
        if ids.is_empty() {
            return Ok(Self {
                services: Vec::new(),
                tasks: Vec::new(),
            });
        }
        let words = |before: &[&'static str], ids: &[String]| {
            let before = before.iter().map(|word| (*word).to_owned());
            before.chain(ids.iter().cloned()).collect::<Vec<_>>()
        };
        let with = |before: &[&'static str], ids: &[String]| {
            let words = words(before, ids);
            ask_json(&words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let mut services: Vec<Service> = with(&["service", "inspect"], &ids)?;
        services.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        let listed = words(&["service", "ps", "--quiet", "--no-trunc"], &ids);
        let listed: Vec<_> = listed.iter().map(String::as_str).collect();
        let task_ids = ask_words(&listed)?;
        let mut tasks: Vec<Task> = Vec::new();
        if !task_ids.is_empty() {
            let inspected: Result<Vec<Value>, _> = {
                let words = words(&["inspect", "--type", "task"], &task_ids);
                ask_json(&words.iter().map(String::as_str).collect::<Vec<_>>())
            };
            tasks = match inspected {
                Ok(tasks) => tasks
                    .into_iter()
                    .filter_map(|task| serde_json::from_value(task).ok())
                    .collect(),
                // One of them has gone in the meantime: the next look tells.
                Err(EngineError::Refused(_)) => Vec::new(),
                Err(error) => return Err(error),
            };
        }
        tasks.sort_by(|a, b| b.created_at.cmp(&a.created_at));
        Ok(Self { services, tasks })
    }

    /// How far it has come.
    pub(crate) fn progress(&self) -> Progress {
        let mut waiting = Vec::new();
        for service in &self.services {
            match self.service_progress(service) {
                Progress::Converged => {}
                Progress::Waiting(why) => waiting.push(why),
                failed @ Progress::Failed(_) => return failed,
            }
        }
        if self.services.is_empty() {
            waiting.push("it has no services".to_owned());
        }
        if waiting.is_empty() {
            Progress::Converged
        } else {
            Progress::Waiting(waiting.join("; "))
        }
    }

    fn service_progress(&self, service: &Service) -> Progress {
        let name = &service.spec.name;
        if let Some(status) = &service.update_status
            && (status.state == "paused" || status.state.starts_with("rollback"))
        {
            let said = match status.message.as_str() {
                "" => status.state.as_str(),
                message => message,
            };
            let why = self.last_error(service);
            return Progress::Failed(format!("{name}: {said}{why}"));
        }
        let of_it = || {
            self.tasks
                .iter()
                .filter(|task| task.service_id == service.id)
        };
        let now = || of_it().filter(|task| task.is_of(service));
        let running = now()
            .filter(|task| task.desired_state == "running" && task.status.state == "running")
            .count();
        let wanted = match &service.spec.mode.replicated {
            Some(replicated) => replicated.replicas.unwrap_or(1),
            // Of a global service the engine makes as many tasks as it wants.
            None => now()
                .filter(|task| task.desired_state == "running")
                .count()
                .max(1),
        };
        let is_updating = service
            .update_status
            .as_ref()
            .is_some_and(|status| status.state == "updating");
        // One that is to run once, and has.
        let condition = service.spec.task_template.restart_policy.condition.as_str();
        let is_done = matches!(condition, "none" | "on-failure")
            && now()
                .next()
                .is_some_and(|task| task.status.state == "complete");
        if !is_updating && (running >= wanted || is_done) {
            return Progress::Converged;
        }
        let why = self.last_error(service);
        let updating = if is_updating { ", updating" } else { "" };
        Progress::Waiting(format!("{name}: {running} of {wanted} run{updating}{why}"))
    }

    /// What the newest task of a service that failed says.
    fn last_error(&self, service: &Service) -> String {
        let of_it = |task: &&Task| task.service_id == service.id;
        error_of(self.tasks.iter().filter(of_it))
    }

    /// What the newest task of the stack that failed says.
    pub(crate) fn newest_error(&self) -> String {
        error_of(self.tasks.iter())
    }

    /// The tasks that run, by their ids: others than before are a restart.
    pub(crate) fn running_tasks(&self) -> BTreeSet<String> {
        let running = |task: &&Task| task.status.state == "running";
        let tasks = self.tasks.iter().filter(running);
        tasks.map(|task| task.id.clone()).collect()
    }

    /// How many tasks have failed, of those that the engine remembers.
    pub(crate) fn failures(&self) -> usize {
        let failed = |task: &&Task| matches!(task.status.state.as_str(), "failed" | "rejected");
        self.tasks.iter().filter(failed).count()
    }

    /// The version label of the stack's `app` service, or of the only one that
    /// has it; and the image that its running task was made from.
    pub(crate) fn running(&self, stack: &str) -> (Result<String, String>, Option<String>) {
        let key = format!("coop-cloud.{stack}.version");
        let app = format!("{stack}_app");
        let labelled = || {
            self.services
                .iter()
                .filter(|service| service.spec.labels.contains_key(&key))
        };
        let service = match labelled().find(|service| service.spec.name == app) {
            Some(app) => app,
            None => match (labelled().next(), labelled().nth(1)) {
                (Some(only), None) => only,
                (Some(_), Some(_)) => {
                    return (
                        Err(format!(
                            "several services, none of them app, have the label {key}"
                        )),
                        None,
                    );
                }
                (None, _) => return (Err(format!("no running service has the label {key}")), None),
            },
        };
        let is_running = |task: &&Task| {
            task.service_id == service.id && task.status.state == "running" && task.is_of(service)
        };
        let image = self.tasks.iter().find(is_running);
        let image = image.and_then(|task| task.spec.container_spec["Image"].as_str());
        let image = image.map(str::to_owned);
        (Ok(service.spec.labels[&key].clone()), image)
    }
}

/// The first error of tasks, after a colon.
fn error_of<'a>(mut tasks: impl Iterator<Item = &'a Task>) -> String {
    let failed = tasks.find(|task| !task.status.err.is_empty());
    failed.map_or_else(String::new, |task| format!(": {}", task.status.err))
}

impl Task {
    /// Tells whether it was made from the service as it is now.
    fn is_of(&self, service: &Service) -> bool {
        let (ours, theirs) = (
            &self.spec.container_spec,
            &service.spec.task_template.container_spec,
        );
        let is_nothing = |value: &Value| match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        SHARED.iter().all(|key| {
            ours[key] == theirs[key] || is_nothing(&ours[key]) && is_nothing(&theirs[key])
        })
    }
}
