//! Data in what runs: the operator's programs that write it and verify it.

use std::time::Duration;

use serde::Serialize;

use crate::deploy::CommandLine;

/// The programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DataPrograms {
    /// Writes data into the base, once that is checked.
    pub seed: Option<CommandLine>,
    /// Verifies in the head, once that is checked, that the data is there.
    pub verify: Option<CommandLine>,
}

impl DataPrograms {
    /// Their names, which are also those of their options and keys, and their command lines.
    pub(super) fn lines(&self) -> [(&'static str, Option<&CommandLine>); 2] {
        [
            ("seed", self.seed.as_ref()),
            ("verify", self.verify.as_ref()),
        ]
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How files alone are deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct TreeSettings {
    pub data: DataPrograms,
    /// How long each program may take, each time.
    pub timeout: Duration,
}
