//! How deployers behave, as data: those that lie, fail or leave things behind, each with the fault
//! of a tier that it is there for. And a witness of what a deployer is asked and what it says.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use samever_core::{CommitId, Version};

use crate::recipe::TreeId;
use crate::run::{Checkout, DeployError, Deployed, Deployer, Side, Stage};

/// How a deployer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    /// What the deployer does.
    pub(crate) name: &'static str,
    /// The fault of a tier that it is there for.
    pub(crate) fault: &'static str,
    pub(crate) misdeed: Misdeed,
}

/// What a deployer does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misdeed {
    /// Nothing.
    None,
    /// As the head, it says that the version from before still runs.
    OtherVersion,
    /// It says that other files run.
    OtherFiles,
    /// It says that the version that runs cannot be read.
    Unreadable,
    /// It does not say what runs.
    Silent,
    /// It begins to deploy the head, and fails.
    StopsMidway,
    /// It says of whatever runs that it does not work.
    Broken,
    /// It does not work itself when it comes to the head.
    Unusable,
    /// It cannot remove the stack, and says so.
    LeavesTheStack,
}

impl Manner {
    pub(crate) const HONEST: Self = Self {
        name: "does what it is asked",
        fault: "the plain case is wrong",
        misdeed: Misdeed::None,
    };
}

const fn manner(name: &'static str, fault: &'static str, misdeed: Misdeed) -> Manner {
    Manner {
        name,
        fault,
        misdeed,
    }
}

/// Those that do something wrong.
pub(crate) const MISDEEDS: [Manner; 8] = [
    manner(
        "says that another version runs",
        "what the head should be is taken for what runs",
        Misdeed::OtherVersion,
    ),
    manner(
        "says that other files run",
        "the version alone is read back",
        Misdeed::OtherFiles,
    ),
    manner(
        "cannot read the version that runs",
        "a version that cannot be read is taken for the right one",
        Misdeed::Unreadable,
    ),
    manner(
        "does not say what runs",
        "a canonical moves although nothing shows what ran",
        Misdeed::Silent,
    ),
    manner(
        "fails while it deploys the head",
        "a deployment that failed is taken for none, and what it left stays",
        Misdeed::StopsMidway,
    ),
    manner(
        "says that what runs is broken",
        "checks are not heard",
        Misdeed::Broken,
    ),
    manner(
        "does not work itself",
        "the recipe is blamed for the deployer, and the stack stays",
        Misdeed::Unusable,
    ),
    manner(
        "cannot remove the stack",
        "a teardown that failed is not told",
        Misdeed::LeavesTheStack,
    ),
];

/// The version that runs, to a deployer that lies and knows none from before.
pub(crate) const ELSEWHERE: &str = "0.0.0-elsewhere";

/// What a deployer was asked, and what it said.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Deploy {
        stage: Stage,
        /// The tree that it was given, where that can be read.
        tree: Option<String>,
        failed: Option<Failure>,
    },
    /// What it said that runs.
    Report(Deployed),
    Check {
        stage: Stage,
        failed: Option<Failure>,
    },
    Teardown {
        failed: Option<Failure>,
    },
}

/// How something failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// Whether it is a finding about the recipe.
    pub(crate) is_finding: bool,
    pub(crate) why: String,
}

impl Failure {
    fn of<T>(outcome: &Result<T, DeployError>) -> Option<Self> {
        let error = outcome.as_ref().err()?;
        Some(Self {
            is_finding: matches!(error, DeployError::Failed(_)),
            why: error.to_string(),
        })
    }
}

/// A deployer that behaves in a manner, with a note of every call.
pub(crate) struct WitnessedDeployer<'a> {
    deployer: &'a mut dyn Deployer,
    misdeed: Misdeed,
    stack: PathBuf,
    side: Side,
    /// The version that it said last.
    said: Option<Version>,
    calls: &'a mut Vec<Call>,
}

impl<'a> WitnessedDeployer<'a> {
    /// Stands before a deployer whose stack is a folder.
    pub(crate) fn new(
        deployer: &'a mut dyn Deployer,
        misdeed: Misdeed,
        stack: &Path,
        calls: &'a mut Vec<Call>,
    ) -> Self {
        Self {
            deployer,
            misdeed,
            stack: stack.to_owned(),
            side: Side::Base,
            said: None,
            calls,
        }
    }

    fn deploys(&mut self, stage: Stage, checkout: &Checkout) -> Result<(), DeployError> {
        match (self.misdeed, self.side) {
            (Misdeed::StopsMidway, Side::Head) => {
                fs::write(self.stack.join("half"), "")
                    .map_err(|error| DeployError::Unusable(error.to_string()))?;
                Err(DeployError::Failed("it stopped midway".to_owned()))
            }
            (Misdeed::Unusable, Side::Head) => Err(DeployError::Unusable(
                "the engine does not answer".to_owned(),
            )),
            (_, Side::Base | Side::Stop | Side::Head) => self.deployer.deploy(stage, checkout),
        }
    }

    /// What it says where this is what runs.
    fn says(&self, runs: Deployed) -> Deployed {
        let unknown = Deployed {
            version: None,
            tree: None,
            ..runs.clone()
        };
        match self.misdeed {
            Misdeed::OtherVersion if self.side == Side::Head => {
                let elsewhere = || Version::parse(ELSEWHERE).expect("it is a version");
                Deployed {
                    version: Some(Ok(self.said.clone().unwrap_or_else(elsewhere))),
                    ..runs
                }
            }
            Misdeed::OtherFiles => Deployed {
                tree: Some(TreeId::new(CommitId::from_bytes([0xee; 20]))),
                ..runs
            },
            Misdeed::Unreadable => Deployed {
                version: Some(Err("the engine does not tell its label".to_owned())),
                ..unknown
            },
            Misdeed::Silent => unknown,
            Misdeed::None
            | Misdeed::OtherVersion
            | Misdeed::StopsMidway
            | Misdeed::Broken
            | Misdeed::Unusable
            | Misdeed::LeavesTheStack => runs,
        }
    }

    fn tears_down(&mut self) -> Result<(), DeployError> {
        let is_up = self
            .calls
            .iter()
            .any(|call| matches!(call, Call::Deploy { .. }));
        if is_up && self.misdeed == Misdeed::LeavesTheStack {
            return Err(DeployError::Failed("the stack is still there".to_owned()));
        }
        self.deployer.teardown()?;
        match fs::remove_dir_all(&self.stack) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(DeployError::Unusable(error.to_string()))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl Deployer for WitnessedDeployer<'_> {
    fn announce(&mut self, base: Option<&Checkout>, head: &Checkout) {
        self.deployer.announce(base, head);
    }

    fn seed(&mut self) -> Result<(), DeployError> {
        self.deployer.seed()
    }

    fn verify(&mut self) -> Result<(), DeployError> {
        self.deployer.verify()
    }

    fn deploy(&mut self, stage: Stage, checkout: &Checkout) -> Result<(), DeployError> {
        self.side = stage.side();
        let tree = TreeId::of_folder(&checkout.folder).ok();
        let outcome = self.deploys(stage, checkout);
        self.calls.push(Call::Deploy {
            stage,
            tree: tree.map(|tree| tree.to_string()),
            failed: Failure::of(&outcome),
        });
        outcome
    }

    fn check(&mut self, stage: Stage) -> Result<(), DeployError> {
        let outcome = if self.misdeed == Misdeed::Broken {
            Err(DeployError::Failed("it does not answer".to_owned()))
        } else {
            self.deployer.check(stage)
        };
        let failed = Failure::of(&outcome);
        self.calls.push(Call::Check { stage, failed });
        outcome
    }

    fn deployed(&mut self) -> Result<Deployed, DeployError> {
        let runs = self.deployer.deployed()?;
        let says = self.says(runs);
        self.said = says.version.clone().and_then(Result::ok);
        self.calls.push(Call::Report(says.clone()));
        Ok(says)
    }

    fn teardown(&mut self) -> Result<(), DeployError> {
        let outcome = self.tears_down();
        let failed = Failure::of(&outcome);
        self.calls.push(Call::Teardown { failed });
        outcome
    }
}
