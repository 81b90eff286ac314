//! How a version behaves when it is deployed, and the deployer that obeys it.
//!
//! A tree of a scenario says it in a file, `simulation.yml`. Only the simulator
//! reads that file: a real run takes no orders from the recipe that it tests.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::deploy::{CheckoutDeployer, PREVIOUS_MARK};
use crate::disk::{SmallFile, read_small};
use crate::recipe::FILE_BYTES_MAX;
use crate::run::{Checkout, DeployError, Deployed, Deployer, Stage};
use crate::scheme::Scheme;
use crate::simulate::texts::is_default;
use crate::written::{read_yaml, utf8};

/// The file of a tree that says how its version behaves.
pub(crate) const SIMULATION_FILE: &str = "simulation.yml";

/// How a version behaves when it is deployed; by default, well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "each is one key of the file")]
pub struct Behaviour {
    /// It does not deploy.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub fails_to_deploy: bool,
    /// It deploys, but does not work.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub fails_its_check: bool,
    /// It does not deploy over the data of versions in this range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgrade_fails_from: Option<Range>,
    /// It deploys only with the files of `previous/`.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub needs_previous: bool,
    /// It loses what was written before, whether it takes the data or not.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub loses_data: bool,
}

impl Behaviour {
    /// The content of a `simulation.yml` that says the same: the ids of the commits of a scenario
    /// rest on it.
    pub fn to_yaml(&self) -> String {
        let Self {
            fails_to_deploy,
            fails_its_check,
            upgrade_fails_from,
            needs_previous,
            loses_data,
        } = self;
        let lost = if *loses_data {
            "loses-data: true\n"
        } else {
            ""
        };
        let from = upgrade_fails_from
            .as_ref()
            .map_or_else(|| "null".to_owned(), |Range(range)| format!("\"{range}\""));
        format!(
            "fails-to-deploy: {fails_to_deploy}\nfails-its-check: {fails_its_check}\n\
             upgrade-fails-from: {from}\nneeds-previous: {needs_previous}\n{lost}"
        )
    }
}

/// A range of versions as semver has it, such as `<1.13.0`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(description = "A range of versions as semver has it, such as <1.13.0")]
pub struct Range(pub semver::VersionReq);

impl TryFrom<String> for Range {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let range = semver::VersionReq::parse(&text);
        range
            .map(Self)
            .map_err(|error| format!("{text} is no range of versions such as <1.13.0: {error}"))
    }
}

impl From<Range> for String {
    fn from(Range(range): Range) -> Self {
        range.to_string()
    }
}

/// Deploys as files, and fails where the tree's `simulation.yml` says so. A
/// migration that does not work shows where it would in the real world: at the
/// upgrade from that version, and nowhere else.
#[derive(Debug)]
pub struct SimulatedDeployer {
    files: CheckoutDeployer,
    /// What the seed has written.
    rows: PathBuf,
}

impl SimulatedDeployer {
    /// Makes an empty stack in a folder, which must exist.
    pub fn new(stack: &Path) -> Self {
        Self {
            files: CheckoutDeployer::new(stack),
            rows: stack.join("rows"),
        }
    }

    /// The same for trees that state their versions as this scheme says.
    pub(crate) fn under(self, scheme: Scheme) -> Self {
        let files = self.files.under(scheme);
        Self { files, ..self }
    }
}

impl Deployer for SimulatedDeployer {
    fn deploy(&mut self, stage: Stage, checkout: &Checkout) -> Result<(), DeployError> {
        let tree = checkout.folder.as_path();
        let behaviour = behaviour(tree)?;
        if behaviour.fails_to_deploy {
            return failed("it does not deploy, says its simulation.yml");
        }
        if behaviour.needs_previous && !tree.join(PREVIOUS_MARK).is_file() {
            return failed("it deploys only with the files of previous/, says its simulation.yml");
        }
        let data = self.files.data_version().map_err(broken)?;
        if behaviour.loses_data {
            match fs::remove_file(&self.rows) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(broken(error)),
                Ok(()) | Err(_) => {}
            }
        }
        if let (Some(Range(range)), Some(data)) = (&behaviour.upgrade_fails_from, &data)
            && data.is_in(range)
        {
            return failed(&format!(
                "it does not deploy over the data of {data}, says its simulation.yml"
            ));
        }
        self.files.deploy(stage, checkout)
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        if behaviour(self.files.running())?.fails_its_check {
            return failed("it does not work, says its simulation.yml");
        }
        self.files.check(stage)
    }

    fn seed(&mut self) -> Result<(), DeployError> {
        fs::write(&self.rows, "a row\n").map_err(broken)
    }

    fn verify(&mut self) -> Result<(), DeployError> {
        if self.rows.is_file() {
            Ok(())
        } else {
            failed("what the base wrote is gone")
        }
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        self.files.deployed()
    }
}

/// Reads how a tree behaves; one without the file behaves well.
fn behaviour(tree: &Path) -> Result<Behaviour, DeployError> {
    let file = read_small(&tree.join(SIMULATION_FILE), FILE_BYTES_MAX).map_err(broken)?;
    let text = match file {
        SmallFile::Content(text) => text,
        SmallFile::Missing => return Ok(Behaviour::default()),
        SmallFile::Unfit => return failed("its simulation.yml is no file of at most 1 MiB"),
    };
    let behaviour = utf8(&text)
        .map_err(|at| format!("it is not UTF-8 at byte {at}"))
        .and_then(|text| read_yaml(text).map_err(|fault| fault.to_string()));
    behaviour
        .or_else(|why: String| failed(&format!("its simulation.yml cannot be understood: {why}")))
}

fn failed<T>(why: &str) -> Result<T, DeployError> {
    Err(DeployError::Failed(why.to_owned()))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn broken(error: io::Error) -> DeployError {
    DeployError::Unusable(error.to_string())
}
