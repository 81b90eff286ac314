//! A Docker Swarm as a deployer: the stack really runs, and what it runs is read
//! back from the engine.
//!
//! A run deploys into a stack of its own, under a name that no other has. A mark
//! on the engine, which goes last of all, tells what a run that was killed has
//! left behind.

mod account;
mod compose;
mod engine;
mod exec;
mod leftovers;
mod networks;
mod progress;
mod refusal;
mod secrets;
mod settings;
mod stack_file;
mod state;
mod watch;

pub(crate) use engine::{NAME_MAX, engine_versions, has_network, require_swarm};
pub(crate) use exec::exec_in_stack;
pub(crate) use leftovers::{STACK_NAME_MAX, stack_name, word};
pub(super) use leftovers::{is_stack_name, sweep_engine};
pub(crate) use refusal::{FORMAT_KNOWN_SINCE, knows_format};
pub(crate) use settings::SwarmSettings;

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use samever_core::Version;

use crate::cancel::Cancel;
use crate::deploy::app::{
    AppEnvironment, COMPOSE_FILE, ComposeFile, Environment, EnvironmentError, compose_file,
    compose_files,
};
use crate::deploy::outcome::StageLog;
use crate::deploy::programs::{CommandRun, Current, Programs};
use crate::deploy::run_folder::RunFile;
use crate::deploy::stage_logs::StageLogs;
use crate::process::{Captured, Ended, capture};
use crate::run::{Checkout, DeployError, Deployed, Deployer, Stage};

/// The compose file that `previous/` lays over the recipe's own.
pub(crate) const PREVIOUS_MARK: &str = "compose.previous.yml";

/// The variables that name functions of `abra.sh` for abra to run after a deployment.
const HOOKS: [&str; 2] = ["POST_DEPLOY_CMDS", "POST_UPGRADE_CMDS"];

/// What the name of a variable has whose value is a secret.
const OF_SECRETS: [&str; 5] = ["PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL"];

/// How often a deployment is tried again that waits for another run.
const AGAIN: Duration = Duration::from_secs(2);

use compose::{Compose, Part};
use engine::{EngineError, docker, docker_version};
use leftovers::{has_other_runs, mark, removal_limit, remove_stack};
use refusal::{Refusal, refusal};
use state::Stack;
use watch::Watch;

/// Deploys with a Docker Swarm.
pub(crate) struct SwarmDeployer<'a> {
    settings: &'a SwarmSettings,
    programs: Programs<'a>,
    cancel: &'a Cancel,
    is_begun: bool,
    /// The app's environment, from the first deployment on.
    app: Option<AppEnvironment>,
    /// The deployment that is watched.
    watch: Option<Watch<'a>>,
    logs: StageLogs,
    notes: Vec<String>,
}

impl<'a> SwarmDeployer<'a> {
    /// Begins a run, which stops at the signal; its file says what it has begun.
    pub(crate) fn new(
        settings: &'a SwarmSettings,
        run: CommandRun,
        run_file: &'a RunFile,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            settings,
            logs: StageLogs::new(run.log_folder.clone()),
            programs: Programs::new(
                run,
                run_file,
                cancel,
                settings.timeout,
                None,
                &settings.data,
            ),
            cancel,
            is_begun: false,
            app: None,
            watch: None,
            notes: Vec::new(),
        }
    }

    /// The logs of the stages, in their order, and notes for the operator.
    pub(crate) fn into_logs_and_notes(self) -> (Vec<StageLog>, Vec<String>) {
        (self.logs.into_logs(), self.notes)
    }

    fn stack(&self) -> &str {
        &self.programs.run.stack
    }

    /// Makes sure that there is a Swarm, and leaves a mark on it.
    fn begin(&mut self) -> Result<(), DeployError> {
        if !self.is_begun {
            require_swarm().map_err(DeployError::Unusable)?;
            // From here on there is something to remove.
            self.is_begun = true;
            mark(&self.programs.run)?;
        }
        Ok(())
    }

    /// The environment with which a tree is deployed.
    fn environment(&mut self, pinned: &Checkout) -> Result<Environment, DeployError> {
        let app = match self.app.take() {
            Some(app) => Ok(app),
            None => AppEnvironment::new(self.stack(), self.settings.env_file.as_deref()),
        };
        let environment = app.and_then(|app| self.app.insert(app).of_tree(&pinned.folder));
        environment.map_err(|error| match error {
            EnvironmentError::Operator { .. } => DeployError::Unusable(error.to_string()),
            EnvironmentError::Tree { .. } => DeployError::Failed(error.to_string()),
        })
    }

    /// Makes the external networks that are not there, where the operator wants it.
    fn make_networks(&self, compose: &Compose<'_>) -> Result<(), DeployError> {
        let external = compose.external(Part::Networks);
        let external = external.map_err(DeployError::Failed)?;
        let names: Vec<_> = external.into_iter().map(|network| network.name).collect();
        for name in networks::missing(&names)? {
            if !self.settings.make_external {
                return Err(DeployError::Unusable(format!(
                    "the recipe expects the external network {name}, and there is none on the engine; \
                     make it with `docker network create --driver overlay --attachable {}`, or have it \
                     made for the run with --make-external",
                    shlex::try_quote(&name).unwrap_or_default()
                )));
            }
            networks::make(&name)?;
        }
        Ok(())
    }

    /// Writes the compose files as docker gets them, into the folder of the first,
    /// from which docker takes the paths in them.
    fn write_compose_files(
        &self,
        pinned: &Checkout,
        files: &[ComposeFile],
        overlay: String,
    ) -> Result<Vec<PathBuf>, DeployError> {
        let first = files.first().map_or("", |file| file.path.as_str());
        let mut first = pinned.folder.join(first);
        first.pop();
        let texts = files.iter().map(|file| stack_file::renamed(&file.text));
        let texts = texts.chain([overlay]).enumerate();
        let written = texts.map(|(at, text)| {
            let path = first.join(format!(".{}-{at}.yml", self.stack()));
            match fs::write(&path, text) {
                Ok(()) => Ok(path),
                Err(error) => Err(DeployError::Unusable(format!(
                    "{} cannot be written: {error}",
                    path.display()
                ))),
            }
        });
        written.collect()
    }

    /// Calls `docker stack deploy`, and calls it again while another run is in the way: it
    /// has a port, or has removed a network.
    fn stack_deploy(
        &mut self,
        files: &[PathBuf],
        compose: &Compose<'_>,
        environment: &Environment,
        stage: Stage,
    ) -> Result<(), DeployError> {
        let begin = Instant::now();
        let program = docker_version();
        loop {
            self.make_networks(compose)?;
            let refused = self.stack_deploy_once(files, environment, stage)?;
            let Some(said) = refused else { return Ok(()) };
            let is_late = begin.elapsed() >= self.settings.timeout;
            match refusal(&said, self.stack(), program.as_deref()) {
                Refusal::Final(error) => return Err(error),
                Refusal::PortTaken(why) if is_late || !has_other_runs(self.stack())? => {
                    return Err(DeployError::Unusable(watch::no_place(&why)));
                }
                Refusal::NetworkGone(why) if is_late || !has_other_runs(self.stack())? => {
                    return Err(DeployError::Unusable(why));
                }
                Refusal::PortTaken(_) | Refusal::NetworkGone(_) => {
                    self.logs
                        .add(stage, ["it is tried again: another run was in the way"]);
                }
            }
            let pause = Instant::now();
            while pause.elapsed() < AGAIN {
                if self.cancel.is_cancelled() {
                    return Err(DeployError::Interrupted);
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }

    /// Calls `docker stack deploy`; returns what it says where it refuses.
    fn stack_deploy_once(
        &mut self,
        files: &[PathBuf],
        environment: &Environment,
        stage: Stage,
    ) -> Result<Option<String>, DeployError> {
        let resolve = &self.settings.resolve_image;
        let mut command = docker(&["stack", "deploy", "--prune", "--resolve-image", resolve]);
        for file in files {
            command.arg("--compose-file").arg(file);
        }
        command.arg("--").arg(self.stack());
        command.envs(stack_file::environment(&environment.variables));
        command.stdin(Stdio::null());
        let timeout = self.settings.timeout;
        let captured = capture(&mut command, None, timeout, self.cancel);
        let Captured {
            ended,
            stdout,
            stderr,
        } = captured.map_err(|error| {
            DeployError::Unusable(format!("the docker program cannot be run: {error}"))
        })?;
        let [stdout, stderr] = [stdout, stderr].map(|text| stack_file::original_names(&text));
        self.logs.add(stage, stdout.lines().chain(stderr.lines()));
        match ended {
            Ended::Exited(status) if status.success() => Ok(None),
            Ended::Interrupted => Err(DeployError::Interrupted),
            Ended::TimedOut => Err(DeployError::Unusable(format!(
                "docker stack deploy did not end within {} s",
                timeout.as_secs_f64()
            ))),
            Ended::Exited(_) => {
                let lines = stderr.lines().filter(|line| !is_warning(line));
                let lines: Vec<_> = lines.collect();
                Ok(Some(lines.join("; ")))
            }
        }
    }

    /// Keeps the values that the operator gives under the names of secrets out of the
    /// logs.
    fn hide_values(&mut self, environment: &Environment) {
        for name in environment.given.keys() {
            let is_secret = OF_SECRETS
                .iter()
                .any(|word| name.to_uppercase().contains(word));
            if let Some(value) = environment.variables.get(name).filter(|_| is_secret) {
                self.logs.hide(value);
            }
        }
    }

    /// Notes the commands of abra's that are not run.
    fn note_hooks(&mut self, environment: &Environment) {
        for hook in HOOKS {
            let commands = environment.variables.get(hook).map(|text| text.trim());
            if let Some(commands) = commands.filter(|commands| !commands.is_empty()) {
                let note = format!(
                    "its {hook} were not run: {commands} (docs/deployers.md says how to run them)"
                );
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
        }
    }

    /// Tells the programs on which ports the stack listens now.
    fn tell_ports(&mut self) -> Result<(), DeployError> {
        const PORTS: &str = "SAMEVER_PORTS";
        let ports = Stack::read(self.stack())?.ports(self.stack());
        if let Some(current) = &mut self.programs.current {
            current.told.retain(|(name, _)| *name != PORTS);
            current.told.push((PORTS, ports.into()));
        }
        Ok(())
    }

    /// Calls the program `seed` or `verify`, if there is one.
    fn call_data(&mut self, step: &str) -> Result<(), DeployError> {
        self.tell_ports()?;
        let (log, ended) = self.programs.call_data(step);
        self.logs.extend(log);
        self.account(Stage::Data, ended, true)
    }

    /// Where the recipe failed, adds the last lines of its failed tasks, or of a task of
    /// each service, to the log of a stage.
    fn account<T>(
        &mut self,
        stage: Stage,
        ended: Result<T, DeployError>,
        of_all: bool,
    ) -> Result<T, DeployError> {
        if matches!(ended, Err(DeployError::Failed(_)))
            && let Ok(stack) = Stack::read(self.stack())
        {
            self.logs.add(stage, account::account(&stack, of_all));
        }
        ended
    }

    /// Requires that the service with the version label runs in a stack that has converged.
    fn require_app(&self, converged: &Stack) -> Result<(), DeployError> {
        match converged.running(self.stack()) {
            (Ok(version), None) => Err(DeployError::Failed(format!(
                "nothing runs of the service that has the version label {version}"
            ))),
            (_, Some(_)) | (Err(_), None) => Ok(()),
        }
    }

    /// Requires that the stack has every service of the compose files.
    fn require_services(&self, compose: &Compose<'_>) -> Result<(), DeployError> {
        let stack = Stack::read(self.stack())?;
        let missing = compose.services().into_iter().find(|name| {
            let name = format!("{}_{name}", self.stack());
            !stack
                .services
                .iter()
                .any(|service| service.spec.name == name)
        });
        match missing {
            None => Ok(()),
            Some(name) => Err(DeployError::Failed(format!(
                "its service {name} is declared and does not run"
            ))),
        }
    }
}

impl Deployer for SwarmDeployer<'_> {
    fn announce(&mut self, base: Option<&Checkout>, head: &Checkout) {
        self.programs.announce(base, head);
    }

    fn deploy(&mut self, stage: Stage, pinned: &Checkout) -> Result<(), DeployError> {
        self.begin()?;
        let environment = self.environment(pinned)?;
        let variables = &environment.variables;
        let files = files_of(pinned, &environment)?;
        let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
        self.logs
            .add(stage, [format!("compose files: {}", paths.join(":"))]);
        self.note_hooks(&environment);
        self.hide_values(&environment);
        let compose = Compose::read(&files, variables).map_err(DeployError::Failed)?;
        let domain = variables.get("DOMAIN").cloned().unwrap_or_default();
        self.programs.current = Some(Current {
            stage,
            checkout: pinned.clone(),
            compose_files: paths,
            told: vec![("SAMEVER_DOMAIN", domain.into())],
        });
        let env_file = self.settings.env_file.as_deref();
        let secrets = secrets::make(&compose, &environment, self.stack(), env_file)?;
        for value in &secrets.values {
            self.logs.hide(&String::from_utf8_lossy(value));
        }
        let overlay = stack_file::overlay(&compose, variables, self.stack(), &secrets.own_names);
        let overlay = overlay.map_err(DeployError::Failed)?;
        let written = self.write_compose_files(pinned, &files, overlay)?;
        let watch = Watch::begin(self.stack(), &pinned.folder, self.settings, self.cancel)?;
        self.stack_deploy(&written, &compose, &environment, stage)?;
        self.require_services(&compose)?;
        let watch = self.watch.insert(watch);
        let converged = watch.converge();
        let converged = self.account(stage, converged, false)?;
        self.require_app(&converged)
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        let settled = self.watch.as_mut().map_or(Ok(()), Watch::settle);
        self.account(stage, settled, false)?;
        let Some(check) = &self.settings.check else {
            return Ok(());
        };
        self.tell_ports()?;
        let (log, checked) = self.programs.call(check, "check", stage);
        self.logs.extend(log);
        self.account(stage, checked, true)
    }

    fn seed(&mut self) -> Result<(), DeployError> {
        self.call_data("seed")
    }

    fn verify(&mut self) -> Result<(), DeployError> {
        self.call_data("verify")
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        let stack = Stack::read(self.stack())?;
        let (version, image) = stack.running(self.stack());
        let version = version.and_then(|text| {
            Version::parse(&text).map_err(|error| format!("its label is {text}: {error}"))
        });
        let current = self.programs.current.as_ref();
        Ok(Deployed {
            version: Some(version),
            image,
            compose_files: current.map_or_else(Vec::new, |current| current.compose_files.clone()),
            services: stack.deployed(self.stack()),
            ..Deployed::default()
        })
    }

    fn teardown(&mut self) -> Result<(), DeployError> {
        if !self.is_begun {
            return Ok(());
        }
        let stack = self.stack();
        let removed = removal_limit(stack, self.settings.timeout)
            .and_then(|limit| remove_stack(stack, limit))
            .and_then(|()| networks::remove_made());
        match removed {
            Ok(()) => Ok(()),
            Err(EngineError::Gone(why)) => Err(DeployError::Unusable(format!(
                "{why}; the stack {stack} may be left: `samever upgrade --sweep-leftovers --all` removes it"
            ))),
            Err(EngineError::Refused(why)) => Err(DeployError::Failed(format!(
                "{why}; `samever upgrade --sweep-leftovers --all` tries it again"
            ))),
        }
    }
}

/// The compose files of a tree, with what `previous/` brings beside them.
fn files_of(pinned: &Checkout, environment: &Environment) -> Result<Vec<ComposeFile>, DeployError> {
    let mut files = compose_files(&pinned.folder, &environment.variables).map_err(|error| {
        if environment.given.contains_key(COMPOSE_FILE) {
            DeployError::Unusable(error.to_string())
        } else {
            DeployError::Failed(error.to_string())
        }
    })?;
    let is_named = files.iter().any(|file| file.path == PREVIOUS_MARK);
    if pinned.to_deploy != pinned.tree && !is_named {
        let previous = pinned.folder.join(PREVIOUS_MARK);
        if previous.is_file() {
            let file = compose_file(&pinned.folder, PREVIOUS_MARK);
            files.push(file.map_err(|error| DeployError::Failed(error.to_string()))?);
        }
    }
    Ok(files)
}

/// Tells whether a line of docker's is a warning or a hint, and no error.
fn is_warning(line: &str) -> bool {
    line.contains(" level=warning ")
        || line.starts_with("Since --detach=false")
        || line.starts_with("In a future release")
        || line.starts_with("Ignoring ")
}
