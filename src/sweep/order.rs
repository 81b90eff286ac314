//! The order of a sweep: its settings.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::cancel::Cancel;
use crate::deploy::{DataPrograms, Deployment, SwarmSettings};
use crate::shard::Shard;
use crate::store::CanonicalStore;

use crate::sweep::catalogue::{Catalogue, Entry, Setup};
use crate::sweep::outcome::SweepEntry;

/// What a sweep is of.
#[derive(Clone, Copy)]
pub(crate) struct SweepOrder<'a> {
    /// The recipes.
    pub catalogue: &'a Catalogue,
    /// Where the canonicals are kept.
    pub store: &'a CanonicalStore,
    /// How many recipes run at a time, at least one.
    pub jobs: usize,
    /// Whether each clone is brought up to date with its origin first.
    pub fetch: bool,
    /// Whether a recipe without a newer published version is left out.
    pub only_new: bool,
    /// The part of the catalogue.
    pub shard: Shard,
    /// The recipes to run; all where there are none.
    pub only: &'a [String],
    /// What deploys where the catalogue does not say.
    pub deployment: Option<&'a Deployment>,
    /// Whether a run may move a canonical although nothing shows what ran.
    pub promotes_unseen: bool,
    /// What writes data and verifies it, where the catalogue does not say.
    pub data: &'a DataPrograms,
    /// How a Docker Swarm is used, where the catalogue does not say.
    pub swarm: &'a SwarmSettings,
    /// How long that may take, each time, where the catalogue does not say.
    pub timeout: Duration,
    /// Where logs are kept.
    pub logs_folder: Option<&'a Path>,
    /// What has been done already, which is not repeated.
    pub done: &'a [SweepEntry],
    /// The signal to stop.
    pub cancel: &'a Cancel,
}

impl SweepOrder<'_> {
    /// The recipes of this sweep, in the order of their names.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.catalogue.part(self.shard, self.only)
    }

    /// What deploys a recipe, where the catalogue or the command line says so.
    pub(crate) fn deployment(&self, setup: &Setup) -> Option<Deployment> {
        let deployment = match setup.deployment.as_ref().or(self.deployment)? {
            Deployment::Swarm(said) => Deployment::Swarm(SwarmSettings {
                check: said.check.clone().or(self.swarm.check.clone()),
                env_file: setup.env_file.clone().or(self.swarm.env_file.clone()),
                ..self.swarm.clone()
            }),
            other @ (Deployment::Tree(_) | Deployment::Command(_)) => other.clone(),
        };
        let data = setup.data.as_ref().unwrap_or(self.data).clone();
        let deployment = deployment.with_data(data);
        Some(deployment.within(setup.timeout.unwrap_or(self.timeout)))
    }

    /// All that decides what comes of a recipe's run, besides the recipe: a sweep
    /// with other settings does not go on with this one.
    pub(crate) fn settings(&self) -> String {
        let settings = Settings {
            catalogue: &self.catalogue.digest,
            fetch: self.fetch,
            deployment: self.deployment,
            promotes_unseen: self.promotes_unseen,
            data: self.data,
            swarm: self.swarm,
            timeout: self.timeout,
        };
        serde_json::to_string(&settings).expect("settings are texts, numbers and bytes")
    }
}

#[derive(Serialize)]
struct Settings<'a> {
    catalogue: &'a str,
    fetch: bool,
    deployment: Option<&'a Deployment>,
    promotes_unseen: bool,
    data: &'a DataPrograms,
    swarm: &'a SwarmSettings,
    timeout: Duration,
}
