//! What `samever doctor` says of a catalogue: the same as a dry run of a night.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::deploy::{
    DataPrograms, DeployerKind, Deployment, SwarmSettings, check_programs, lacks_teardown,
};
use crate::jobs::processors;
use crate::report::{CheckedRecipe, DoctorOutcome, Finding, Program};
use crate::shard::Shard;
use crate::store::{CanonicalStore, Quoted};
use crate::sweep::{
    Catalogue, Entry, PlannedRun, Setup, SweepOrder, TIMEOUT_SECONDS, open, plan_sweep,
    require_programs,
};

use crate::cli::interrupt::signal;

/// What a catalogue and its state come to.
pub(crate) struct CheckedCatalogue {
    pub(crate) findings: Vec<Finding>,
    pub(crate) recipes: Vec<CheckedRecipe>,
    /// Whether the catalogue says that a Swarm runs something.
    pub(crate) needs_swarm: bool,
}

/// Looks at a catalogue and its state as a night would, and runs nothing.
pub(crate) fn check_catalogue(folder: &Path, state: &Path) -> CheckedCatalogue {
    let mut catalogue = match Catalogue::read(folder, None) {
        Ok(catalogue) if !catalogue.entries.is_empty() => catalogue,
        Ok(_) => {
            let why = "there is no git repository in it; clone the recipes into it";
            return without_recipes(format!("{}: {why}", folder.display()));
        }
        Err(error) => return without_recipes(error.to_string()),
    };
    require_programs(&mut catalogue, None);
    let needs_swarm = catalogue.entries.iter().any(is_on_swarm);
    let readable = finding(
        "catalogue",
        DoctorOutcome::Ok,
        format!("{} can be read", folder.display()),
    );
    // Why there is no state is told where the state is looked at.
    let Ok(store) = CanonicalStore::open(state) else {
        let unchecked = "its recipes are not checked without a state folder".to_owned();
        return CheckedCatalogue {
            findings: vec![
                readable,
                finding("recipes", DoctorOutcome::Fault, unchecked),
            ],
            recipes: Vec::new(),
            needs_swarm,
        };
    };
    let planned = plan_sweep(&SweepOrder {
        catalogue: &catalogue,
        store: &store,
        jobs: processors(),
        fetch: false,
        only_new: false,
        shard: Shard::WHOLE,
        only: &[],
        deployment: None,
        promotes_unseen: false,
        data: &DataPrograms::default(),
        swarm: &SwarmSettings::default(),
        timeout: Duration::from_secs(u64::from(TIMEOUT_SECONDS)),
        logs_folder: None,
        done: &[],
        cancel: signal(),
    });
    let mut findings = vec![readable];
    let left_out = catalogue.left_out.iter().map(|name| {
        let text = format!("the folder {name} holds no git repository, so it is left out");
        finding("catalogue", DoctorOutcome::Warning, text)
    });
    findings.extend(left_out);
    findings.extend(strangers(&catalogue, &store, state));
    let entries = catalogue.entries.iter().zip(planned);
    let recipes = entries.map(|(entry, planned)| {
        let setup = entry.setup.as_ref().ok();
        checked(&entry.name, setup, planned)
    });
    CheckedCatalogue {
        findings,
        recipes: recipes.collect(),
        needs_swarm,
    }
}

/// Tells whether the catalogue says that a Swarm runs a recipe.
fn is_on_swarm(entry: &Entry) -> bool {
    let setup = entry.setup.as_ref().ok();
    let deployment = setup.and_then(|setup| setup.deployment.as_ref());
    deployment.is_some_and(|deployment| deployment.kind() == DeployerKind::Swarm)
}

fn without_recipes(why: String) -> CheckedCatalogue {
    CheckedCatalogue {
        findings: vec![finding("catalogue", DoctorOutcome::Fault, why)],
        recipes: Vec::new(),
        needs_swarm: false,
    }
}

fn finding(what: &'static str, outcome: DoctorOutcome, found: String) -> Finding {
    Finding {
        what,
        outcome,
        found,
    }
}

/// The records of recipes that are in no catalogue, which no night reads.
fn strangers(catalogue: &Catalogue, store: &CanonicalStore, state: &Path) -> Vec<Finding> {
    let state = Quoted(state);
    let records = catalogue.entries.iter().filter_map(|entry| {
        let (_, record) = open(store, entry.setup.as_ref().ok()?).ok()?;
        Some(record.to_string())
    });
    // One that cannot be opened may be known by the name of its folder.
    let folders = catalogue.entries.iter().map(|entry| entry.name.clone());
    let known: BTreeSet<_> = records.chain(folders).collect();
    let is_known = |name: &str| known.contains(name);
    match store.list() {
        Err(error) => vec![finding("state", DoctorOutcome::Fault, error.to_string())],
        Ok(recipes) => {
            let strangers = recipes.iter().filter(|name| !is_known(name.as_str()));
            let findings = strangers.map(|name| {
                let text = format!(
                    "it has a record of {name}, which is not in the catalogue; clone {name} into \
                     it, or remove the record with `samever canonical drop {name} --state {state} --reason WHY`"
                );
                finding("state", DoctorOutcome::Warning, text)
            });
            findings.collect()
        }
    }
}

fn checked(name: &str, setup: Option<&Setup>, planned: PlannedRun) -> CheckedRecipe {
    let deployment = setup.and_then(|setup| setup.deployment.as_ref());
    let mut warnings = Vec::new();
    if deployment.is_some_and(lacks_teardown) {
        let why = "it has no teardown program, so what its deploy program starts is left running; \
                   name one as `teardown` in catalogue.yaml";
        warnings.push(why.to_owned());
    }
    if setup.is_some() && deployment.is_none() {
        let why = "the catalogue does not say what deploys it, so the command of the night has to";
        warnings.push(why.to_owned());
    }
    if let PlannedRun::Run { notes, .. } = &planned {
        warnings.extend(notes.iter().cloned());
    }
    let outcome = match &planned {
        PlannedRun::NoAnswer { .. } => DoctorOutcome::Fault,
        PlannedRun::Run { .. } | PlannedRun::NotRun { .. } if warnings.is_empty() => {
            DoctorOutcome::Ok
        }
        PlannedRun::Run { .. } | PlannedRun::NotRun { .. } => DoctorOutcome::Warning,
    };
    let programs = deployment.map(check_programs).into_iter().flatten();
    let programs = programs.filter_map(|check| {
        Some(Program {
            step: check.step,
            path: check.found.ok()?.to_string_lossy().into_owned(),
        })
    });
    CheckedRecipe {
        recipe: name.to_owned(),
        outcome,
        planned,
        deployer: deployment.map(Deployment::kind),
        programs: programs.collect(),
        warnings,
    }
}
