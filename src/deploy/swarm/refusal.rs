//! What a refusal of `docker stack deploy` means: whether the recipe, the machine or
//! another run is at fault.

use crate::deploy::swarm::engine::is_gone;
use crate::run::DeployError;

/// The first docker program that knows the whole format of compose files: it takes
/// one without a version, and jobs.
pub(crate) const FORMAT_KNOWN_SINCE: u64 = 23;

/// What the docker program says of what it does not know.
const UNKNOWN: [&str; 3] = [
    "unsupported Compose file version",
    "Unknown mode: ",
    "Additional property ",
];

/// What a refusal means.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A port of the machine is taken by another stack, with these words.
    PortTaken(String),
    /// An external network has gone since it was looked at, with these words.
    NetworkGone(String),
    Final(DeployError),
}

/// Reads what the program printed, which is of this version, if that is known.
pub(super) fn refusal(said: &str, stack: &str, program: Option<&str>) -> Refusal {
    if is_gone(said) {
        let why = format!("the Docker engine has gone: {said}");
        return Refusal::Final(DeployError::Unusable(why));
    }
    if said.contains("declared as external, but could not be found") {
        return Refusal::NetworkGone(said.to_owned());
    }
    let is_own = said.contains(&format!("in use by service '{stack}_"));
    if said.contains("as an ingress port") && said.contains("is already in use by") && !is_own {
        return Refusal::PortTaken(said.to_owned());
    }
    let is_old = program.is_some_and(|version| !knows_format(version));
    if is_old && UNKNOWN.iter().any(|sign| said.contains(sign)) {
        let version = program.unwrap_or_default();
        return Refusal::Final(DeployError::Unusable(format!(
            "the docker program {version} is too old for these compose files ({said}); install one \
             of {FORMAT_KNOWN_SINCE} or newer"
        )));
    }
    if said.contains("only updates to Labels are allowed") {
        return Refusal::Final(DeployError::Failed(format!(
            "a config or secret has another content under the name that it had: a name with a new \
             version is needed, such as NAME_CONF_VERSION in abra.sh ({said})"
        )));
    }
    // The external networks and secrets are looked at before.
    if said.starts_with("config not found") || said.contains(": config not found") {
        return Refusal::Final(DeployError::Unusable(format!(
            "docker stack deploy: {said}: it is external; make it, as the recipe expects, with \
             `docker config create`"
        )));
    }
    Refusal::Final(DeployError::Failed(format!("docker stack deploy: {said}")))
}

/// Tells whether a docker program of this version knows the whole format; one without
/// a number is believed to.
pub(crate) fn knows_format(version: &str) -> bool {
    let major = version
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    major.is_none_or(|major: u64| major >= FORMAT_KNOWN_SINCE)
}

#[cfg(test)]
mod tests {
    use super::{Refusal, refusal};
    use crate::run::DeployError;

    /// Who is at fault, and what is told.
    fn fault(said: &str, program: &str) -> String {
        match refusal(said, "s-1", Some(program)) {
            Refusal::PortTaken(_) | Refusal::NetworkGone(_) => "another".to_owned(),
            Refusal::Final(DeployError::Unusable(why)) => format!("machine: {why}"),
            Refusal::Final(DeployError::Failed(why)) => format!("recipe: {why}"),
            Refusal::Final(DeployError::Interrupted) => "interrupted".to_owned(),
        }
    }

    #[test]
    fn a_refusal_accuses_the_recipe_only_of_its_own_faults() {
        let port = |service: &str| {
            format!(
                "desc = port '80' is already in use by service '{service}' (id) as an ingress port"
            )
        };
        for (said, program, expected) in [
            (
                "services.app.image must be a string",
                "20.10.24",
                "recipe: docker stack deploy: services",
            ),
            (
                "services.app Additional property x is not allowed",
                "28.2.2",
                "recipe: ",
            ),
            (
                "services.app Additional property x is not allowed",
                "20.10.24",
                "machine: the docker program 20.10.24 is too old",
            ),
            (
                "unsupported Compose file version: 1.0",
                "20.10.24+dfsg1",
                "machine: the docker program 20.10.24+dfsg1",
            ),
            (
                "unsupported Compose file version: 2.4",
                "28.2.2",
                "recipe: ",
            ),
            (
                "service job: Unknown mode: replicated-job",
                "20.10.24",
                "machine: ",
            ),
            ("service job: Unknown mode: x", "28.0.0", "recipe: "),
            (
                "error during connect: EOF",
                "28.0.0",
                "machine: the Docker engine has gone",
            ),
            (
                "network \"x\" is declared as external, but could not be found",
                "28.0.0",
                "another",
            ),
            (&port("other_web"), "28.0.0", "another"),
            (&port("s-1_web"), "28.0.0", "recipe: "),
            (
                "desc = only updates to Labels are allowed",
                "28.0.0",
                "recipe: a config or secret has another content",
            ),
            (
                "service app: config not found: x",
                "28.0.0",
                "machine: docker stack deploy: service app: config not found: x: it is external",
            ),
        ] {
            let found = fault(said, program);
            assert!(found.starts_with(expected), "{said}: {found}");
        }
        assert!(matches!(
            refusal("unsupported Compose file version: 1.0", "s", None),
            Refusal::Final(DeployError::Failed(_))
        ));
    }
}
