//! A stack as the engine tells it: its services and their tasks.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::deploy::swarm::engine::{EngineError, ask_json, ask_words};
use crate::run::DeployedService;

/// The label that ties things to a stack.
pub(crate) const NAMESPACE: &str = "com.docker.stack.namespace";

/// The parts of a specification that are compared, besides that of the container.
const COMPARED: [&str; 5] = [
    "Resources",
    "Placement",
    "Networks",
    "LogDriver",
    "ForceUpdate",
];

/// A service of a stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Service {
    #[serde(rename = "ID")]
    pub id: String,
    pub spec: ServiceSpec,
    pub update_status: Option<UpdateStatus>,
    #[serde(default)]
    endpoint: Option<Endpoint>,
    job_status: Option<JobStatus>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JobStatus {
    job_iteration: Option<Iteration>,
}

/// The number of a run of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Iteration {
    index: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    #[serde(default)]
    ports: Vec<Port>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Port {
    #[serde(default)]
    protocol: String,
    #[serde(rename = "TargetPort", default)]
    target: u32,
    #[serde(rename = "PublishedPort", default)]
    published: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServiceSpec {
    pub name: String,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    pub task_template: TaskSpec,
    pub mode: Mode,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct TaskSpec {
    pub container_spec: Value,
    pub restart_policy: RestartPolicy,
    /// All else.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RestartPolicy {
    /// `none`, `on-failure` or `any`; any where it is empty.
    pub condition: String,
    /// In nanoseconds.
    pub delay: Option<u64>,
    /// How often a task is started again; without end where it is 0.
    pub max_attempts: Option<u64>,
}

/// How many tasks a service has: replicas, or one a node where there is none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Mode {
    pub replicated: Option<Replicated>,
    pub replicated_job: Option<ReplicatedJob>,
    /// A job with one task a node.
    pub global_job: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Replicated {
    pub replicas: Option<usize>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplicatedJob {
    pub total_completions: Option<usize>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateStatus {
    started_at: Option<Timestamp>,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub message: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Task {
    #[serde(rename = "ID")]
    pub id: String,
    #[serde(rename = "ServiceID")]
    pub service_id: String,
    /// The slot of a service with replicas.
    #[serde(default)]
    slot: u64,
    #[serde(rename = "NodeID", default)]
    node_id: String,
    created_at: Timestamp,
    /// Which run of a job it is of.
    job_iteration: Option<Iteration>,
    #[serde(default)]
    pub spec: TaskSpec,
    pub status: TaskStatus,
    pub desired_state: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TaskStatus {
    pub state: String,
    #[serde(default)]
    pub err: String,
    #[serde(default)]
    pub container_status: Option<ContainerStatus>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContainerStatus {
    #[serde(rename = "ContainerID", default)]
    pub container_id: String,
}

/// A stack as it is at one moment.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// In the order of their names.
    pub services: Vec<Service>,
    /// The newest first.
    pub tasks: Vec<Task>,
}

impl Stack {
    /// Reads a stack from the engine.
    pub(super) fn read(name: &str) -> Result<Self, EngineError> {
        let filter = format!("label={NAMESPACE}={name}");
        let ids = ask_words(&["service", "ls", "--quiet", "--filter", &filter])?;
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let mut services: Vec<Service> = ask_json(&with(&["service", "inspect"], &ids))?;
        services.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        let mut tasks = read_tasks(&ids)?;
        tasks.sort_by_key(|task| Reverse(task.created_at));
        Ok(Self { services, tasks })
    }

    /// The tasks of a service as it is now, the newest first.
    pub(super) fn tasks_of<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Task> {
        let tasks = self.tasks.iter();
        tasks.filter(|task| task.service_id == service.id && task.is_of(service))
    }

    /// The services with their labels and images, under their names in the compose
    /// files.
    pub(super) fn deployed(&self, stack: &str) -> Vec<DeployedService> {
        let key = format!("coop-cloud.{stack}.version");
        let services = self.services.iter().map(|service| {
            let image = self.tasks_of(service).next();
            let image = image.and_then(|task| task.spec.container_spec["Image"].as_str());
            DeployedService {
                name: own_name(&service.spec.name, stack).to_owned(),
                version: service.spec.labels.get(&key).cloned(),
                image: image.map(str::to_owned),
            }
        });
        services.collect()
    }

    /// The ports on which services are reached: `SERVICE:PORT/PROTOCOL=PUBLISHED`, with
    /// a blank between two.
    pub(super) fn ports(&self, stack: &str) -> String {
        let ports = self.services.iter().flat_map(|service| {
            let ports = service.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
            ports.map(|port| {
                let name = own_name(&service.spec.name, stack);
                let Port {
                    protocol,
                    target,
                    published,
                } = port;
                format!("{name}:{target}/{protocol}={published}")
            })
        });
        ports.collect::<Vec<_>>().join(" ")
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
        let image = self.tasks_of(service).find(|task| task.is_up());
        let image = image.and_then(|task| task.spec.container_spec["Image"].as_str());
        let image = image.map(str::to_owned);
        (Ok(service.spec.labels[&key].clone()), image)
    }
}

/// Reads the tasks of services. One may go between the two questions: then they are
/// asked again.
fn read_tasks(services: &[String]) -> Result<Vec<Task>, EngineError> {
    let list = with(&["service", "ps", "--quiet", "--no-trunc"], services);
    for _ in 0..5 {
        let ids = ask_words(&list)?;
        if ids.is_empty() {
            break;
        }
        match ask_json::<Vec<Value>>(&with(&["inspect", "--type", "task"], &ids)) {
            Ok(tasks) => {
                let tasks = tasks.into_iter();
                let tasks = tasks.filter_map(|task| serde_json::from_value(task).ok());
                return Ok(tasks.collect());
            }
            Err(EngineError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Vec::new())
}

/// The name of a service without that of its stack.
fn own_name<'a>(name: &'a str, stack: &str) -> &'a str {
    let own = name.strip_prefix(stack);
    own.and_then(|own| own.strip_prefix('_')).unwrap_or(name)
}

fn with<'a>(words: &[&'a str], ids: &'a [String]) -> Vec<&'a str> {
    let ids = ids.iter().map(String::as_str);
    words.iter().copied().chain(ids).collect()
}

impl Service {
    /// Whether it is to run for as long as the stack does: it says the version, or others
    /// reach it.
    pub(super) fn is_lasting(&self) -> bool {
        let has_label = self.spec.labels.keys().any(|key| {
            let middle = key.strip_prefix("coop-cloud.");
            middle.is_some_and(|rest| rest.ends_with(".version"))
        });
        let has_ports = self
            .endpoint
            .iter()
            .any(|endpoint| !endpoint.ports.is_empty());
        let health = &self.spec.task_template.container_spec["Healthcheck"]["Test"];
        has_label || has_ports || !is_nothing(health)
    }

    /// Whether the engine has gone back to what it was, or does.
    pub(super) fn is_rolled_back(&self) -> bool {
        let status = self.update_status.as_ref();
        status.is_some_and(|status| status.state.starts_with("rollback"))
    }

    /// Whether it is to run once and complete.
    pub(super) fn is_job(&self) -> bool {
        let mode = &self.spec.mode;
        mode.replicated_job.is_some() || mode.global_job.is_some()
    }

    /// The nanoseconds that a task has to end by itself.
    pub(super) fn stop_grace_period(&self) -> u64 {
        let period = &self.spec.task_template.container_spec["StopGracePeriod"];
        period.as_u64().unwrap_or_default()
    }
}

impl Task {
    /// Where in its service it runs, a slot or a node: tasks of one place follow each
    /// other.
    pub(super) fn place(&self, service: &Service) -> (u64, &str) {
        let mode = &service.spec.mode;
        if mode.replicated.is_some() || mode.replicated_job.is_some() {
            (self.slot, "")
        } else {
            (0, &self.node_id)
        }
    }

    pub(super) fn is(&self, states: &[&str]) -> bool {
        states.contains(&self.status.state.as_str())
    }

    /// Whether it went wrong.
    pub(super) fn has_failed(&self) -> bool {
        self.is(&["failed", "rejected"])
    }

    /// Whether the engine wants it to run, or to have run.
    pub(super) fn is_wanted(&self) -> bool {
        !matches!(
            self.desired_state.as_str(),
            "shutdown" | "remove" | "orphaned"
        )
    }

    pub(super) fn is_up(&self) -> bool {
        self.desired_state == "running" && self.is(&["running"])
    }

    /// Tells whether it was made from the service as it is now: in the update that the
    /// service is in or has had, and of the same specification.
    pub(super) fn is_of(&self, service: &Service) -> bool {
        let update = service.update_status.as_ref();
        let begin = update.and_then(|status| status.started_at);
        if begin.is_some_and(|begin| self.created_at < begin) {
            return false;
        }
        if let Some(JobStatus { job_iteration }) = &service.job_status
            && job_iteration.unwrap_or_default() != self.job_iteration.unwrap_or_default()
        {
            return false;
        }
        let (ours, theirs) = (&self.spec, &service.spec.task_template);
        let is_same =
            |ours: &Value, theirs: &Value| ours == theirs || is_nothing(ours) && is_nothing(theirs);
        let keys = [&ours.container_spec, &theirs.container_spec].into_iter();
        let keys = keys
            .filter_map(Value::as_object)
            .flat_map(|fields| fields.keys());
        let is_container = keys.into_iter().all(|key| {
            let (ours, theirs) = (&ours.container_spec[key], &theirs.container_spec[key]);
            is_same(ours, theirs) || ours.is_null() && is_added(key, theirs)
        });
        let part = |spec: &TaskSpec, key: &str| spec.rest.get(key).cloned().unwrap_or_default();
        is_container
            && COMPARED
                .iter()
                .all(|key| is_same(&part(ours, key), &part(theirs, key)))
    }
}

/// Tells whether `docker service inspect` adds this to a specification that does not say
/// it.
fn is_added(key: &str, value: &Value) -> bool {
    match key {
        "StopGracePeriod" => *value == 10_000_000_000_u64,
        "DNSConfig" | "PullOptions" => is_nothing(value),
        _ => false,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Task;

    /// Whether a task is of a service with this change.
    fn is_of(path: &str, value: Value) -> bool {
        let task = json!({
            "ID": "t",
            "ServiceID": "s",
            "CreatedAt": "2026-01-01T00:00:00Z",
            "Spec": {"ContainerSpec": {"Image": "i"}},
            "Status": {"State": "running"},
            "DesiredState": "running",
        });
        let mut service = json!({
            "ID": "s",
            "Spec": {
                "Name": "x_app",
                "TaskTemplate": {"ContainerSpec": {"Image": "i"}},
                "Mode": {},
            },
            "UpdateStatus": {"State": "paused"},
        });
        let (parent, key) = path.rsplit_once('/').unwrap();
        service.pointer_mut(parent).unwrap()[key] = value;
        let task: Task = serde_json::from_value(task).unwrap();
        task.is_of(&serde_json::from_value(service).unwrap())
    }

    #[test]
    fn a_task_is_of_its_service_by_its_time_and_its_whole_specification() {
        let container = |key: &str| format!("/Spec/TaskTemplate/ContainerSpec/{key}");
        let started = "/UpdateStatus/StartedAt";
        for (path, value, expected) in [
            ("/ID".to_owned(), json!("s"), true),
            (started.to_owned(), json!("2025-12-31T23:59:59.9Z"), true),
            (started.to_owned(), json!("2026-01-01T00:00:00.1Z"), false),
            (
                "/JobStatus".to_owned(),
                json!({"JobIteration": {"Index": 3}}),
                false,
            ),
            ("/JobStatus".to_owned(), json!({"JobIteration": {}}), true),
            // The engine's own additions.
            (
                container("StopGracePeriod"),
                json!(10_000_000_000_u64),
                true,
            ),
            (container("DNSConfig"), json!({}), true),
            (container("Secrets"), json!([]), true),
            (container("StopGracePeriod"), json!(1), false),
            (container("ReadOnly"), json!(true), false),
            (container("Init"), json!(false), false),
            (container("Hostname"), json!("x"), false),
            (container("Healthcheck"), json!({"Test": ["CMD"]}), false),
            (container("Image"), json!("other"), false),
            (
                "/Spec/TaskTemplate/Resources".to_owned(),
                json!({"Limits": {"MemoryBytes": 1}}),
                false,
            ),
            (
                "/Spec/TaskTemplate/Networks".to_owned(),
                json!([{"Target": "n"}]),
                false,
            ),
            (
                "/Spec/TaskTemplate/Runtime".to_owned(),
                json!("container"),
                true,
            ),
        ] {
            assert_eq!(is_of(&path, value.clone()), expected, "{path} {value}");
        }
    }
}
