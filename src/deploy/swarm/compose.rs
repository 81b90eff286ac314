//! What must be there before a compose file deploys: the secrets that it says
//! exist already.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::deploy::swarm::variables::Variables;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Compose {
    secrets: BTreeMap<String, Option<Secret>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Secret {
    external: Value,
    name: Option<String>,
}

/// The names of the external secrets of a compose file, with its variables in
/// place.
pub(crate) fn external_secrets(
    compose: &str,
    variables: &Variables,
) -> Result<Vec<String>, String> {
    let compose: Compose = serde_saphyr::from_str(compose)
        .map_err(|error| format!("its compose.yml: {}", error.without_snippet()))?;
    let mut names = Vec::new();
    for (key, secret) in compose.secrets {
        let secret = secret.unwrap_or_default();
        // The older form is `external: {name: …}`.
        let older = secret.external["name"].as_str().map(str::to_owned);
        if secret.external == Value::Bool(true) || secret.external.is_object() {
            let name = secret.name.or(older).unwrap_or(key);
            let value =
                |variable: &str| Ok::<_, String>(variables.get(variable).map(String::as_str));
            let name = shellexpand::env_with_context(&name, value)
                .map_err(|error| format!("the name of its secret {name}: {error}"))?;
            names.push(name.into_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::external_secrets;

    #[test]
    fn external_secrets_are_named_as_docker_names_them() {
        let compose = "secrets:\n  a: {external: true, name: '${STACK_NAME}_a_${A_VERSION}'}\n  \
                       b: {external: true}\n  c: {file: ./c}\n  d:\n    external:\n      name: \
                       $STACK_NAME-d\n  e: {external: false}\n  f: {external: true, name: \
                       '${F:-x}'}\n";
        let variables = [("STACK_NAME", "s"), ("A_VERSION", "v1")];
        let variables = variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let names = external_secrets(compose, &variables).unwrap();
        assert_eq!(names, ["s_a_v1", "b", "s-d", "x"]);
        assert_eq!(
            external_secrets("services: {}", &variables).unwrap(),
            [""; 0]
        );
        assert!(external_secrets("{", &variables).is_err());
    }
}
