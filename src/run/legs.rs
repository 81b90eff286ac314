//! The legs of one run: a tree deployed over what runs, checked, and its data verified.

use crate::run::checkout::Checkout;
use crate::run::deployer::{DeployError, Deployer};
use crate::run::evidence::{Deployed, Evidence, StackEvidence};
use crate::run::verdict::{Side, Stage};

/// Why a run ends before its last step.
pub(super) enum End {
    Red(Stage, String),
    Unusable(String),
    Interrupted(Option<String>),
}

/// What came first is the outcome; a teardown that failed as well is told with
/// it.
pub(super) fn end_of_all(
    ended: Result<(), End>,
    torn_down: Result<(), DeployError>,
) -> Result<(), End> {
    let Err(error) = torn_down else {
        return ended;
    };
    let left = |why: String| format!("{why}; the teardown failed too: {error}");
    Err(match ended {
        Ok(()) => end(error, Stage::Teardown),
        Err(End::Red(stage, why)) => End::Red(stage, left(why)),
        Err(End::Unusable(why)) => End::Unusable(left(why)),
        Err(End::Interrupted(_)) => End::Interrupted(Some(format!("the teardown failed: {error}"))),
    })
}

/// Deploys the base, each stop over it, and the head over the last of them; with a base that
/// must be left.
pub(super) fn upgrade(
    refuses_same_version: bool,
    deployer: &mut dyn Deployer,
    base: &Checkout,
    stops: &[Checkout],
    head: &Checkout,
    evidence: &mut Evidence,
) -> Result<(), End> {
    deploy_base(deployer, base, evidence)?;
    let mut from = base;
    for (stop, at) in stops.iter().zip(0..) {
        let stages = (Stage::StopDeploy, Stage::StopCheck);
        let (runs, ended) = deploy(deployer, stop, stages);
        evidence.stops[at].deployed = runs;
        let ended = ended.and_then(|()| verify(deployer));
        ended.map_err(|end| on_leg(from, stop, "the stop ", end))?;
        from = stop;
    }
    let ended = deploy_head(deployer, head, Stage::Upgrade, evidence);
    let ended = ended.and_then(|()| {
        if refuses_same_version {
            require_delta(evidence)?;
        }
        verify(deployer)
    });
    if stops.is_empty() {
        ended
    } else {
        ended.map_err(|end| on_leg(from, head, "the head ", end))
    }
}

/// Names the leg that broke.
fn on_leg(from: &Checkout, to: &Checkout, what: &str, end: End) -> End {
    let name = |checkout: &Checkout| match &checkout.version {
        Ok(version) => version.to_string(),
        Err(_) => checkout.commit.short().to_string(),
    };
    match end {
        End::Red(stage, why) => {
            let leg = format!("on the leg from {} to {what}{}", name(from), name(to));
            End::Red(stage, format!("{leg}: {why}"))
        }
        other @ (End::Unusable(_) | End::Interrupted(_)) => other,
    }
}

/// Deploys the base, and the head over it, which must not work there; and the base again, which
/// must, with its data. Returns how the head refused.
pub(super) fn refuse(
    deployer: &mut dyn Deployer,
    base: &Checkout,
    head: &Checkout,
    evidence: &mut Evidence,
) -> Result<String, End> {
    deploy_base(deployer, base, evidence)?;
    let refused = match deploy_head(deployer, head, Stage::Upgrade, evidence) {
        Err(End::Red(stage @ (Stage::Upgrade | Stage::HeadCheck), why)) => {
            format!("the head refused at {}, as it must: {why}", stage.name())
        }
        Err(other) => return Err(other),
        Ok(()) => {
            let why = "the head took the data of the base, which it must refuse";
            return Err(End::Red(Stage::Refusal, why.to_owned()));
        }
    };
    let again = deploy(deployer, base, (Stage::BaseDeploy, Stage::BaseCheck));
    record(&mut evidence.base, again).map_err(|end| match end {
        End::Red(Stage::BaseDeploy | Stage::BaseCheck, why) => {
            let why = format!("after the refusal the base does not work any more: {why}");
            End::Red(Stage::Refusal, why)
        }
        other => other,
    })?;
    verify(deployer)?;
    Ok(refused)
}

fn deploy_base(
    deployer: &mut dyn Deployer,
    base: &Checkout,
    evidence: &mut Evidence,
) -> Result<(), End> {
    let stages = (Stage::BaseDeploy, Stage::BaseCheck);
    let outcome = deploy(deployer, base, stages);
    record(&mut evidence.base, outcome)?;
    deployer.seed().map_err(|error| end(error, Stage::Data))
}

fn verify(deployer: &mut dyn Deployer) -> Result<(), End> {
    deployer.verify().map_err(|error| end(error, Stage::Data))
}

pub(super) fn deploy_head(
    deployer: &mut dyn Deployer,
    head: &Checkout,
    at_deploy: Stage,
    evidence: &mut Evidence,
) -> Result<(), End> {
    let stages = (at_deploy, Stage::HeadCheck);
    let outcome = deploy(deployer, head, stages);
    record(&mut evidence.head, outcome)
}

/// The stack itself says that nothing was upgraded: that counts also where the
/// trees' labels could not be compared.
fn require_delta(evidence: &Evidence) -> Result<(), End> {
    let ran = |stack: &Option<StackEvidence>| {
        let deployed = stack.as_ref()?.deployed.as_ref()?;
        deployed.version.as_ref()?.as_ref().ok().cloned()
    };
    match (ran(&evidence.base), ran(&evidence.head)) {
        (Some(base), Some(head)) if base.is_same_version(&head) => Err(End::Red(
            Stage::NoDelta,
            format!(
                "the stack ran {base} before the upgrade and {head} after it: an upgrade from a \
                 version to itself tests nothing"
            ),
        )),
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// Deploys a tree, checks it, and reads back what is deployed, which must be
/// what was pinned. What was read back is kept also where the check fails.
fn deploy(
    deployer: &mut dyn Deployer,
    pinned: &Checkout,
    (at_deploy, at_check): (Stage, Stage),
) -> (Option<Deployed>, Result<(), End>) {
    if let Err(error) = deployer.deploy(at_deploy, pinned) {
        return (None, Err(end(error, at_deploy)));
    }
    let read_back = match deployer.deployed() {
        Ok(read_back) => read_back,
        Err(error) => return (None, Err(end(error, at_check))),
    };
    let checked = require_pinned(at_deploy.side(), &read_back, pinned).and_then(|()| {
        deployer
            .check(at_check)
            .map_err(|error| end(error, at_check))
    });
    (Some(read_back), checked)
}

/// What runs must be what was pinned, as far as both are known.
fn require_pinned(side: Side, deployed: &Deployed, pinned: &Checkout) -> Result<(), End> {
    let side = side.name();
    let why = match (&deployed.version, &pinned.version) {
        (Some(Ok(runs)), Ok(pinned)) if runs != pinned => {
            format!("as the {side}, the stack runs {runs}, not {pinned}, which was pinned")
        }
        (Some(Err(why)), Ok(pinned)) => format!(
            "as the {side}, the stack runs an unknown version ({why}), not {pinned}, which was pinned"
        ),
        _ if deployed.tree.is_some_and(|tree| tree != pinned.to_deploy) => {
            format!("as the {side}, the stack runs other files than those that were pinned")
        }
        _ => return Ok(()),
    };
    Err(End::Red(Stage::WrongVersion, why))
}

fn end(error: DeployError, stage: Stage) -> End {
    match error {
        DeployError::Failed(why) => End::Red(stage, why),
        DeployError::Unusable(why) => End::Unusable(why),
        DeployError::Interrupted => End::Interrupted(None),
    }
}

fn record(
    evidence: &mut Option<StackEvidence>,
    (deployed, ended): (Option<Deployed>, Result<(), End>),
) -> Result<(), End> {
    if let Some(evidence) = evidence {
        evidence.deployed = deployed;
    }
    ended
}
