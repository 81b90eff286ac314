//! A Docker Swarm as a deployer: the stack really runs, and what it runs is read
//! back from the engine.
//!
//! A run deploys into a stack of its own, under a name that no other has. A mark
//! on the engine, which goes last of all, tells what a run that was killed has
//! left behind.

mod compose;
mod engine;
mod env_file;
mod leftovers;
mod state;
mod variables;

pub(super) use leftovers::{is_stack_name, sweep_engine};
pub(crate) use leftovers::{stack_name, word};

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::cancel::Cancel;
use crate::recipe::FILE_BYTES_MAX;
use samever_core::Version;

use crate::deploy::command::CommandRun;
use crate::deploy::outcome::StageLog;
use crate::process::Ended;
use crate::run::{Checkout, DeployError, Deployed, Deployer, Stage};

/// The compose file that `previous/` lays over the recipe's own.
pub(crate) const PREVIOUS_MARK: &str = "compose.previous.yml";

use engine::{EngineError, ask, ask_json, docker, is_gone, random_word, tell};
use env_file::Variables;
use leftovers::{REMOVAL_MAX, mark, remove_stack};
use state::{NAMESPACE, Progress, Stack};

/// How often the engine is asked how far the stack is.
const LOOK: Duration = Duration::from_millis(400);

/// How long the same tasks must run: one that crashes at once runs for a moment,
/// again and again.
const STEADY: Duration = Duration::from_secs(1);

/// How the Swarm is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SwarmSettings {
    /// Variables for the recipes' compose files, over their own defaults.
    #[serde(serialize_with = "bytes_of_path")]
    pub env_file: Option<PathBuf>,
    /// How long a deployment may take to converge.
    pub timeout: Duration,
    /// How long what has converged must stay up to pass its check.
    pub settle: Duration,
    /// What `docker stack deploy --resolve-image` is told: `always`, `changed` or
    /// `never`.
    pub resolve_image: String,
}

/// A path as its bytes, which need not be UTF-8.
#[expect(clippy::ref_option, reason = "it is what serde gives")]
fn bytes_of_path<S: Serializer>(path: &Option<PathBuf>, out: S) -> Result<S::Ok, S::Error> {
    let bytes = path
        .as_ref()
        .map(|path| path.as_os_str().as_encoded_bytes());
    bytes.serialize(out)
}

impl Default for SwarmSettings {
    fn default() -> Self {
        Self {
            env_file: None,
            timeout: Duration::from_mins(15),
            settle: Duration::from_secs(5),
            resolve_image: "always".to_owned(),
        }
    }
}

/// Tells whether there is a Docker engine that is a manager of a Swarm.
///
/// # Errors
///
/// There is none: what was found, and what to do about it.
pub(crate) fn require_swarm() -> Result<(), String> {
    let info: Value =
        ask_json(&["info", "--format", "{{json .}}"]).map_err(|error| error.to_string())?;
    // Where the engine is not reached the program may print the rest and be fine.
    if let Some(error) = info["ServerErrors"][0].as_str() {
        return Err(format!(
            "no Docker engine answers: {error}; start it, or name another with DOCKER_HOST"
        ));
    }
    let swarm = &info["Swarm"];
    match (
        swarm["LocalNodeState"].as_str(),
        swarm["ControlAvailable"].as_bool(),
    ) {
        (Some("active"), Some(true)) => Ok(()),
        (Some("active"), _) => Err(
            "the Docker engine is a worker of its Swarm, not a manager; name a manager with \
             DOCKER_HOST, or promote it with `docker node promote`"
                .to_owned(),
        ),
        (state, _) => Err(format!(
            "the Docker engine is not in Swarm mode (it is {}); turn that on with `docker swarm init`",
            state.unwrap_or("in an unknown state")
        )),
    }
}

/// Deploys with a Docker Swarm.
pub(crate) struct SwarmDeployer<'a> {
    settings: &'a SwarmSettings,
    run: CommandRun,
    cancel: &'a Cancel,
    is_begun: bool,
    /// How many tasks had failed when the stack had converged.
    failures: usize,
    logs: Vec<StageLog>,
}

impl<'a> SwarmDeployer<'a> {
    /// Begins a run, which stops at the signal.
    pub(crate) fn new(settings: &'a SwarmSettings, run: CommandRun, cancel: &'a Cancel) -> Self {
        Self {
            settings,
            run,
            cancel,
            is_begun: false,
            failures: 0,
            logs: Vec::new(),
        }
    }

    /// What `docker stack deploy` printed, in the order of its calls.
    pub(crate) fn into_logs(self) -> Vec<StageLog> {
        self.logs
    }

    /// Makes sure that there is a Swarm, and leaves a mark on it.
    fn begin(&mut self) -> Result<(), DeployError> {
        if !self.is_begun {
            require_swarm().map_err(DeployError::Unusable)?;
            // From here on there is something to remove.
            self.is_begun = true;
            mark(&self.run).map_err(|error| broken(&error))?;
        }
        Ok(())
    }

    /// The variables of the compose file.
    fn variables(&self, tree: &Path, compose: &str) -> Result<Variables, DeployError> {
        let file = self.settings.env_file.as_deref();
        let given = variables::of_the_operator(&self.run.stack, file).map_err(|error| {
            let file = file.unwrap_or(Path::new("")).display();
            DeployError::Unusable(format!(
                "the file {file} of --env-file cannot be read: {error}"
            ))
        })?;
        variables::over_the_defaults(tree, compose, given).map_err(|error| {
            DeployError::Failed(format!("its .env.sample cannot be read: {error}"))
        })
    }

    /// Makes the secrets that the compose file says exist, with random values.
    fn make_secrets(&self, compose: &str, variables: &Variables) -> Result<(), DeployError> {
        let names = compose::external_secrets(compose, variables).map_err(DeployError::Failed)?;
        let label = format!("{NAMESPACE}={}", self.run.stack);
        for name in names {
            // One that is there already is the operator's, or the base's.
            match ask(&["secret", "inspect", "--format", "{{.ID}}", "--", &name]) {
                Ok(_) => continue,
                Err(EngineError::Refused(_)) => {}
                Err(error) => return Err(broken(&error)),
            }
            let value = random_word().map_err(|error| DeployError::Unusable(error.to_string()))?;
            let args = ["secret", "create", "--label", &label, "--", &name, "-"];
            match tell(&args, value.as_bytes()) {
                Ok(_) => {}
                Err(EngineError::Refused(why)) => {
                    return Err(DeployError::Failed(format!("its secret {name}: {why}")));
                }
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    /// Calls `docker stack deploy`.
    fn stack_deploy(
        &mut self,
        pinned: &Checkout,
        variables: &Variables,
        stage: Stage,
    ) -> Result<(), DeployError> {
        let resolve = &self.settings.resolve_image;
        let mut command = docker(&["stack", "deploy", "--prune", "--resolve-image", resolve]);
        command
            .arg("--compose-file")
            .arg(pinned.folder.join("compose.yml"));
        // What `previous/` brings beside the recipe's own files.
        let overlay = pinned.folder.join(PREVIOUS_MARK);
        if pinned.to_deploy != pinned.tree && overlay.is_file() {
            command.arg("--compose-file").arg(overlay);
        }
        command.arg("--").arg(&self.run.stack).envs(variables);
        let timeout = self.settings.timeout;
        let ended = self
            .run
            .program(command, stage, timeout, self.cancel, |_| {});
        let (ended, log) = ended.map_err(|error| {
            DeployError::Unusable(format!("the docker program cannot be run: {error}"))
        })?;
        let said = log.tail.join("; ");
        self.logs.push(log);
        match ended {
            Ended::Exited(status) if status.success() => Ok(()),
            Ended::Interrupted => Err(DeployError::Interrupted),
            Ended::TimedOut => Err(DeployError::Unusable(format!(
                "docker stack deploy did not end within {} s",
                timeout.as_secs_f64()
            ))),
            Ended::Exited(_) if is_gone(&said) => Err(DeployError::Unusable(format!(
                "the Docker engine has gone: {said}"
            ))),
            Ended::Exited(_) if said.contains("declared as external, but could not be found") => {
                Err(DeployError::Unusable(format!(
                    "docker stack deploy: {said}: make it, as the recipe expects (a network: \
                     `docker network create --driver overlay --attachable NAME`)"
                )))
            }
            Ended::Exited(_) => Err(DeployError::Failed(format!("docker stack deploy: {said}"))),
        }
    }

    /// Waits until every service has converged.
    fn converge(&mut self) -> Result<(), DeployError> {
        let begin = Instant::now();
        let mut steady: Option<(Instant, BTreeSet<String>)> = None;
        loop {
            let stack = self.look()?;
            let waiting = match stack.progress() {
                Progress::Converged => {
                    let tasks = stack.running_tasks();
                    match &steady {
                        Some((since, same)) if *same == tasks => {
                            if since.elapsed() >= STEADY {
                                self.failures = stack.failures();
                                return Ok(());
                            }
                        }
                        Some(_) | None => steady = Some((Instant::now(), tasks)),
                    }
                    format!("it has only just come up{}", stack.newest_error())
                }
                Progress::Failed(why) => return Err(DeployError::Failed(why)),
                Progress::Waiting(why) => {
                    steady = None;
                    why
                }
            };
            if begin.elapsed() >= self.settings.timeout {
                let seconds = self.settings.timeout.as_secs_f64();
                return Err(DeployError::Failed(format!(
                    "it does not converge within {seconds} s: {waiting}"
                )));
            }
            self.pause()?;
        }
    }

    fn look(&self) -> Result<Stack, DeployError> {
        Stack::read(&self.run.stack).map_err(|error| broken(&error))
    }

    fn pause(&self) -> Result<(), DeployError> {
        if self.cancel.is_cancelled() {
            return Err(DeployError::Interrupted);
        }
        std::thread::sleep(LOOK);
        Ok(())
    }
}

impl Deployer for SwarmDeployer<'_> {
    fn deploy(&mut self, stage: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        self.begin()?;
        let compose = read_compose(&pinned.folder)?;
        let variables = self.variables(&pinned.folder, &compose)?;
        self.make_secrets(&compose, &variables)?;
        self.stack_deploy(pinned, &variables, stage)?;
        self.converge()
    }

    fn check(&mut self, _: Stage) -> Result<(), DeployError> {
        let begin = Instant::now();
        loop {
            let stack = self.look()?;
            let why = match stack.progress() {
                Progress::Converged if stack.failures() <= self.failures => None,
                Progress::Converged => Some("a task of it has failed since".to_owned()),
                Progress::Waiting(why) | Progress::Failed(why) => Some(why),
            };
            if let Some(why) = why {
                return Err(DeployError::Failed(format!("it does not stay up: {why}")));
            }
            if begin.elapsed() >= self.settings.settle {
                return Ok(());
            }
            self.pause()?;
        }
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        let (version, image) = self.look()?.running(&self.run.stack);
        let version = version.and_then(|text| {
            Version::parse(&text).map_err(|error| format!("its label is {text}: {error}"))
        });
        Ok(Deployed {
            version: Some(version),
            image,
            tree: None,
            data_version: None,
        })
    }

    fn teardown(&mut self) -> Result<(), DeployError> {
        if !self.is_begun {
            return Ok(());
        }
        match remove_stack(&self.run.stack, REMOVAL_MAX.max(self.settings.timeout)) {
            Ok(()) => Ok(()),
            Err(EngineError::Gone(why)) => Err(DeployError::Unusable(format!(
                "{why}; the stack {} may be left: `samever upgrade --sweep-leftovers --all` removes it",
                self.run.stack
            ))),
            Err(EngineError::Refused(why)) => Err(DeployError::Failed(format!(
                "{why}; `samever upgrade --sweep-leftovers --all` tries it again"
            ))),
        }
    }
}

/// Reads the text of a tree's compose file.
fn read_compose(tree: &Path) -> Result<String, DeployError> {
    let path = tree.join("compose.yml");
    let failed =
        |why: String| DeployError::Failed(format!("its compose.yml cannot be read: {why}"));
    let size = fs::metadata(&path)
        .map_err(|error| failed(error.to_string()))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(failed("it is larger than 1 MiB".to_owned()));
    }
    fs::read_to_string(&path).map_err(|error| failed(error.to_string()))
}

/// A refusal of one of samever's own requests is the engine's fault, not the
/// recipe's.
fn broken(error: &EngineError) -> DeployError {
    DeployError::Unusable(error.to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::SwarmSettings;

    /// A sweep is resumed where its settings, as data, are the same.
    #[test]
    fn settings_with_other_odd_paths_are_other_settings() {
        let with = |name: &[u8]| SwarmSettings {
            env_file: Some(OsStr::from_bytes(name).into()),
            ..SwarmSettings::default()
        };
        let [a, b] = [b"\xffa", b"\xffb"].map(|name| serde_json::to_string(&with(name)).unwrap());
        assert_ne!(a, b);
    }
}
