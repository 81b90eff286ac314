//! Where the canonicals are kept.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::store::CanonicalStore;

use crate::cli::failure::Failure;
use crate::cli::interrupt::signal;

/// Whether a state folder is made.
#[derive(Args, Debug)]
#[command(next_help_heading = "State")]
pub(crate) struct InitState {
    /// Make the --state folder, which must not be one yet
    #[arg(long, requires = "state")]
    init_state: bool,
}

impl InitState {
    /// Opens the store in a state folder, or makes it; the reports of the run may be in
    /// it before it is made.
    pub(crate) fn store(&self, state: &Path, reports: &[&Path]) -> Result<CanonicalStore, Failure> {
        let store = if self.init_state {
            CanonicalStore::init(state, reports)
        } else {
            CanonicalStore::open(state)
        };
        let store = store.map_err(Failure::no_answer)?;
        Ok(store.stopping_at(signal()))
    }

    /// The same where there may be none.
    pub(crate) fn optional(
        &self,
        state: Option<&PathBuf>,
        reports: &[&Path],
    ) -> Result<Option<CanonicalStore>, Failure> {
        let store = state.map(|state| self.store(state, reports));
        store.transpose()
    }
}
