//! What must be there before a compose file deploys: the secrets that it says
//! exist already.

use crate::deploy::swarm::env_file::Variables;
use crate::recipe::interpolation::expand;
use crate::recipe::node::Node;
use crate::recipe::yaml::first_document;

/// The names of the external secrets of a compose file, with its variables in
/// place.
pub(crate) fn external_secrets(
    compose: &str,
    variables: &Variables,
) -> Result<Vec<String>, String> {
    let document = first_document(compose)
        .map_err(|why| format!("its compose.yml is not readable YAML: {why}"))?;
    let value = |variable: &str| variables.get(variable).map(String::as_str);
    let mut names = Vec::new();
    for (key, secret) in document.get("secrets").entries() {
        let external = secret.get("external");
        let is_external = match external {
            Node::Scalar(text) => text.eq_ignore_ascii_case("true"),
            // The older form is `external: {name: …}`.
            Node::Map(_) => true,
            Node::Null | Node::Text(_) | Node::List(_) => false,
        };
        if is_external {
            let given = [secret.get("name"), external.get("name")];
            let name = given.into_iter().find_map(|name| match name {
                Node::Text(name) | Node::Scalar(name) => Some(name.as_str()),
                Node::Null | Node::List(_) | Node::Map(_) => None,
            });
            let name = name.unwrap_or(key);
            let name = expand(name, &value)
                .map_err(|why| format!("the name {name} of a secret in its compose.yml: {why}"))?;
            names.push(name);
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

    #[test]
    fn a_secret_is_found_beside_a_second_document_tags_and_odd_names() {
        let secrets = |text: &str| {
            let variables = [("S".to_owned(), "s".to_owned())].into();
            external_secrets(text, &variables)
        };
        let secret = |name: &str| format!("secrets: {{a: {{external: true, name: '{name}'}}}}\n");
        for (name, named) in [
            ("${S}_a", "s_a"),
            ("${S:-x.y}", "s"),
            // Docker puts nothing in the place of a variable without a value.
            ("a_$X", "a_"),
            ("a_${X}", "a_"),
            ("${X:-b}_${S:?why}", "b_s"),
            ("$$S", "$S"),
            ("1.0", "1.0"),
        ] {
            assert_eq!(secrets(&secret(name)).unwrap(), [named], "{name}");
        }
        let odd = secret("a") + "x-a: !!timestamp 2001-01-01\n---\nsecrets: [[[\n";
        assert_eq!(secrets(&odd).unwrap(), ["a"]);
        let anchored = "x-s: &s {external: true}\nsecrets: {a: {<<: *s}, b: *s, c: {}, d: }\n";
        assert_eq!(secrets(anchored).unwrap(), ["a", "b"]);
        for text in ["", "secrets:\n", "secrets: [a]\n", "secrets: a\n", "[]"] {
            assert_eq!(secrets(text).unwrap(), [""; 0], "{text:?}");
        }
        let why = secrets(&secret("${X:?set it}")).unwrap_err();
        assert!(
            why.ends_with("the variable X has no value: set it"),
            "{why}"
        );
        assert!(secrets(&secret("${X")).unwrap_err().contains("`${`"));
    }
}
