//! How a Docker Swarm is used.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::deploy::{CommandLine, DataPrograms};

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
    /// How often a task of a deployment may end and be started again.
    pub max_restarts: usize,
    /// Checks what has stayed up.
    pub check: Option<CommandLine>,
    /// Write data and verify it.
    pub data: DataPrograms,
    /// Whether an external network that is not there is made for the run.
    pub make_external: bool,
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
            max_restarts: 5,
            check: None,
            data: DataPrograms::default(),
            make_external: false,
            resolve_image: "always".to_owned(),
        }
    }
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
