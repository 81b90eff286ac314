//! A stack in memory, and what a right tier makes of its deployer.

use super::PlanKind;
use crate::run::{Side, Stage, VerdictKind};
use samever_core::Version;

use crate::simulate::backend::{Flake, Tree};
use crate::simulate::behaviour::{Behaviour, Range};
use crate::simulate::manner::{ELSEWHERE, Misdeed};

/// How a run ends before it is through.
pub(crate) enum End {
    Red(Stage),
    /// The deployer does not work: nothing is known.
    NoVerdict(String),
}

/// What a stack in memory runs, and what its deployer has said.
pub(crate) struct ModelStack {
    misdeed: Misdeed,
    is_up: bool,
    data: Option<Version>,
    /// Whether it has what the seed wrote.
    has_rows: bool,
    said: Vec<Option<Version>>,
}

/// A tree that is to run.
pub(crate) struct Piece<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) version: Option<&'a Version>,
    pub(crate) overlay: bool,
}

impl ModelStack {
    pub(crate) fn new(misdeed: Misdeed) -> Self {
        Self {
            misdeed,
            is_up: false,
            data: None,
            has_rows: false,
            said: Vec::new(),
        }
    }

    /// Deploys and checks a tree; tells how the run ends there, if it does.
    pub(crate) fn bring_up(
        &mut self,
        piece: &Piece<'_>,
        (at_deploy, at_check): (Stage, Stage),
        flaky: Option<Flake>,
    ) -> Result<(), End> {
        let is_head = at_check.side() == Side::Head;
        self.is_up = true;
        if is_head && self.misdeed == Misdeed::Unusable {
            return Err(End::NoVerdict("the deployer does not work".to_owned()));
        }
        let is_stopped = is_head && self.misdeed == Misdeed::StopsMidway;
        if is_stopped || !self.deploys(piece) {
            return Err(End::Red(at_deploy));
        }
        if self.is_wrong(piece.version, is_head) {
            return Err(End::Red(Stage::WrongVersion));
        }
        let is_broken = self.misdeed == Misdeed::Broken || piece.tree.behaviour.fails_its_check;
        if is_broken || (is_head && flaky == Some(Flake::Check)) {
            return Err(End::Red(at_check));
        }
        Ok(())
    }

    /// Writes data into the base.
    pub(crate) fn seed(&mut self, flaky: Option<Flake>) -> Result<(), End> {
        if flaky == Some(Flake::Seed) {
            return Err(End::Red(Stage::Data));
        }
        self.has_rows = true;
        Ok(())
    }

    /// Verifies the data in the head.
    pub(crate) fn verify(&self) -> Result<(), End> {
        if self.has_rows {
            Ok(())
        } else {
            Err(End::Red(Stage::Data))
        }
    }

    /// How the run ends, after all: a version is not upgraded to itself, as far as the stack says,
    /// and what cannot be removed is told.
    pub(crate) fn end(
        &self,
        ended: Result<(), End>,
        refuses_same_version: bool,
    ) -> Result<Option<Stage>, String> {
        let is_left = self.is_up && self.misdeed == Misdeed::LeavesTheStack;
        let is_no_op = match &self.said[..] {
            [Some(before), Some(after)] => before.is_same_version(after),
            _ => false,
        };
        match ended {
            Err(End::NoVerdict(why)) => Err(why),
            Err(End::Red(stage)) => Ok(Some(stage)),
            Ok(()) if is_no_op && refuses_same_version => Ok(Some(Stage::NoDelta)),
            Ok(()) => Ok(is_left.then_some(Stage::Teardown)),
        }
    }

    /// Whether the deployer says what runs, so that a canonical may move.
    pub(crate) fn is_seen(&self) -> bool {
        self.misdeed != Misdeed::Silent
    }

    /// Says whether a tree deploys over what is there.
    fn deploys(&mut self, piece: &Piece<'_>) -> bool {
        let Behaviour {
            fails_to_deploy,
            fails_its_check: _,
            upgrade_fails_from,
            needs_previous,
            loses_data,
        } = &piece.tree.behaviour;
        let migrates = match (upgrade_fails_from, &self.data) {
            (Some(Range(range)), Some(data)) => !data.is_in(range),
            (None, _) | (_, None) => true,
        };
        let begins = !fails_to_deploy && (piece.overlay || !needs_previous);
        let deploys = begins && migrates;
        self.has_rows &= !(begins && *loses_data);
        if deploys && piece.version.is_some() {
            self.data = piece.version.cloned();
        }
        deploys
    }

    /// Whether the deployer says that something else runs than this version's tree.
    fn is_wrong(&mut self, version: Option<&Version>, is_head: bool) -> bool {
        let is_lie = is_head && self.misdeed == Misdeed::OtherVersion;
        let says = if is_lie {
            let before = self.said.first().cloned().flatten();
            before.or_else(|| Version::parse(ELSEWHERE).ok())
        } else if matches!(self.misdeed, Misdeed::Unreadable | Misdeed::Silent) {
            None
        } else {
            version.cloned()
        };
        let is_another = version.is_some() && says.as_ref() != version;
        self.said.push(says);
        self.misdeed == Misdeed::OtherFiles || (is_another && self.misdeed != Misdeed::Silent)
    }
}

/// The verdict of a run of this kind that is red there, or nowhere.
pub(crate) fn verdict(red: Option<Stage>, kind: PlanKind) -> VerdictKind {
    match (red, kind) {
        (Some(_), _) => VerdictKind::Red,
        (None, PlanKind::Skip) => VerdictKind::Skipped,
        (None, PlanKind::Version | PlanKind::Ref) => VerdictKind::Green,
    }
}
