//! The compose files as docker gets them: with variables under names that steer
//! no program, and with what the app's environment adds.
//!
//! Docker puts the variables of its own environment into compose files, and obeys
//! some of them. A recipe may use any name, `PATH` and `DOCKER_HOST` included, so
//! each gets a beginning that nothing obeys, in the files and in the environment.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::deploy::app::Variables;
use crate::deploy::swarm::compose::{Compose, Part};
use crate::deploy::swarm::engine::{NAME_MAX, PASSED_ON};
use crate::recipe::node::Node;

/// What the names of a recipe's variables begin with when docker sees them.
const BEGINNING: &str = "SAMEVER_APP_";

/// The service that gets the whole environment of its app, as with abra.
const APP: &str = "app";

/// The text of a compose file, with the names of its variables as docker sees
/// them. Docker takes one level of braces: what stands behind a name, up to the first
/// `}`, has no variables.
pub(crate) fn renamed(text: &str) -> String {
    let text = plain_dollars(text);
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at + 1);
        renamed.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            renamed.push('$');
            rest = after;
            continue;
        }
        let in_braces = rest.strip_prefix('{');
        if let Some(after) = in_braces {
            renamed.push('{');
            rest = after;
        }
        if rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            renamed.push_str(BEGINNING);
            let end = in_braces.and_then(|_| rest.find('}')).unwrap_or(0);
            let (verbatim, after) = rest.split_at(end);
            renamed.push_str(verbatim);
            rest = after;
        }
    }
    renamed.push_str(rest);
    renamed
}

/// The forms in which YAML writes a dollar between double quotes.
const DOLLARS: [&str; 3] = ["\\x24", "\\u0024", "\\U00000024"];

/// A text in which each dollar is written as one.
fn plain_dollars(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, after) = rest.split_at(at);
        plain.push_str(before);
        let dollar = DOLLARS.into_iter().find(|form| after.starts_with(form));
        // What stands behind any other backslash is not the beginning of a form.
        let escape = after.chars().take(2).map(char::len_utf8).sum();
        let (written, after) = after.split_at(dollar.map_or(escape, str::len));
        plain.push_str(dollar.map_or(written, |_| "$"));
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// The variables, under the names that docker sees.
pub(crate) fn environment(variables: &Variables) -> impl Iterator<Item = (String, &str)> {
    let renamed = |(name, value)| (format!("{BEGINNING}{name}"), String::as_str(value));
    variables.iter().map(renamed)
}

/// What docker says, with the names that the recipe uses.
pub(crate) fn original_names(said: &str) -> String {
    said.replace(BEGINNING, "")
}

/// A further compose file, in JSON. It gives values to the names in an environment that
/// have none, and the whole environment to the service `app`. What has a fixed name on
/// the engine gets a name of the run's own; `secrets` has those of external secrets.
///
/// External networks and configs stay the operator's. An external volume becomes the
/// run's own.
pub(crate) fn overlay(
    compose: &Compose<'_>,
    variables: &Variables,
    stack: &str,
    secrets: &BTreeMap<String, String>,
) -> Result<String, String> {
    let mut overlay = Map::new();
    if let Some(format) = compose.format() {
        overlay.insert("version".to_owned(), format.into());
    }
    let services = services(compose, variables);
    if !services.is_empty() {
        overlay.insert("services".to_owned(), services.into());
    }
    for part in Part::ALL {
        let mut entries = Map::new();
        for named in compose.named(part)? {
            let own = match (part, named.is_external) {
                (Part::Secrets, true) => secrets.get(&named.key).cloned(),
                (Part::Networks | Part::Configs, true) => None,
                // Without a name it gets one of the stack.
                (Part::Volumes, true) => Some(String::new()),
                (_, false) => own_name(&named.name, stack),
            };
            let Some(own) = own else { continue };
            // Docker takes the last entry whole. Old forms of compose files know no other
            // name of an external thing.
            let entry = match (part, named.is_external) {
                (Part::Volumes, true) => json!({}),
                (_, true) => json!({ "external": { "name": own } }),
                (_, false) => {
                    let mut entry = json_of(&named.node);
                    entry["name"] = own.into();
                    entry
                }
            };
            entries.insert(named.key, entry);
        }
        if !entries.is_empty() {
            overlay.insert(part.key().to_owned(), entries.into());
        }
    }
    Ok(Value::from(overlay).to_string())
}

/// The run's own name for something with a fixed name; `None` where the name has that of
/// the stack in it. A name that would be too long ends in a digest.
pub(crate) fn own_name(name: &str, stack: &str) -> Option<String> {
    if name.contains(stack) {
        return None;
    }
    let own = format!("{stack}_{name}");
    if own.len() <= NAME_MAX {
        return Some(own);
    }
    let digest = Sha256::digest(name);
    let [a, b, c, d, ..] = digest.0;
    let digest = format!("{:08x}", u32::from_be_bytes([a, b, c, d]));
    let mut end = NAME_MAX - digest.len() - 1;
    while !own.is_char_boundary(end) {
        end -= 1;
    }
    Some(format!("{}-{digest}", &own[..end]))
}

fn services(compose: &Compose<'_>, variables: &Variables) -> Map<String, Value> {
    let literal = |value: &str| Value::from(value.replace('$', "$$"));
    let mut services = Map::new();
    for service in compose.services() {
        let names = compose.environment(service);
        let has_value = |name: &str| names.get(name).copied();
        let wanted = variables.iter().filter(|(name, _)| match has_value(name) {
            Some(has_value) => !has_value,
            None => service == APP,
        });
        let mut environment: Map<_, _> = wanted
            .map(|(name, value)| (name.clone(), literal(value)))
            .collect();
        // A name without any value would get the one that docker itself has, and so would
        // an empty one.
        let bare = names.iter().filter(|(_, has_value)| !**has_value);
        let bare = bare.filter(|(name, _)| !variables.contains_key(**name));
        let dockers = bare.filter(|(name, _)| PASSED_ON.contains(*name));
        environment.extend(dockers.map(|(name, _)| ((*name).to_owned(), literal(" "))));
        if !environment.is_empty() {
            services.insert(service.to_owned(), json!({ "environment": environment }));
        }
    }
    services
}

/// A part of a compose file, with the names of its variables as docker sees them.
fn json_of(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        // A number or a boolean of YAML is one of JSON, but for odd forms.
        Node::Scalar(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Node::Text(text) => renamed(text).into(),
        Node::List(_) => node.items().map(json_of).collect(),
        Node::Map(_) => {
            let entries = node.entries();
            let entries = entries.map(|(key, value)| (key.to_owned(), json_of(value)));
            entries.collect::<Map<_, _>>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{environment, original_names, overlay, own_name, renamed};
    use crate::deploy::app::{ComposeFile, Variables};
    use crate::deploy::swarm::compose::Compose;

    #[test]
    fn each_variable_of_a_text_gets_its_beginning() {
        for (text, expected) in [
            ("a: $A", "a: $@A"),
            ("a: ${A}", "a: ${@A}"),
            ("a: ${A:-x}$B", "a: ${@A:-x}$@B"),
            ("a: ${A:-${B:-$_C}}", "a: ${@A:-${B:-$_C}}"),
            ("a: ${A:?$B}$C ${D", "a: ${@A:?$B}$@C ${@D"),
            ("a: $$A $${A} $$$A", "a: $$A $${A} $$$@A"),
            ("a: $1 $ ${ $", "a: $1 $ ${ $"),
            ("é: $Aé", "é: $@Aé"),
            ("", ""),
        ] {
            let expected = expected.replace('@', "SAMEVER_APP_");
            assert_eq!(renamed(text), expected, "{text}");
            assert_eq!(original_names(&expected), text);
        }
        for (text, expected) in [
            (r#"a: "\u0024{A}\x24B\U00000024C""#, r#"a: "${@A}$@B$@C""#),
            (
                r#"a: "\\u0024A \\\x24B \$A""#,
                r#"a: "\\u0024A \\$@B \$@A""#,
            ),
            ("a: \\é\\", "a: \\é\\"),
        ] {
            assert_eq!(
                renamed(text),
                expected.replace('@', "SAMEVER_APP_"),
                "{text}"
            );
        }
        let variables: Variables = [("PATH".to_owned(), "x".to_owned())].into();
        let environment: Vec<_> = environment(&variables).collect();
        assert_eq!(environment, [("SAMEVER_APP_PATH".to_owned(), "x")]);
    }

    fn overlaid(text: &str, secrets: &[(&str, &str)]) -> String {
        let files = [ComposeFile {
            path: "compose.yml".to_owned(),
            text: text.to_owned(),
        }];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables = [("A", "$a"), ("B", "b"), ("C", "c"), ("STACK_NAME", "s-1")];
        let variables: Variables = variables.iter().map(owned).collect();
        let compose = Compose::read(&files, &variables).unwrap();
        let secrets = secrets.iter().map(owned).collect();
        overlay(&compose, &variables, "s-1", &secrets).unwrap()
    }

    #[test]
    fn the_overlay_gives_what_the_files_leave_to_the_environment() {
        let text = "version: '3.8'\n\
                    services: {app: {environment: [A, B=1]}, db: {environment: {A: , X: }}, web: {}}\n";
        assert_eq!(
            overlaid(text, &[]),
            r#"{"services":{"app":{"environment":{"A":"$$a","C":"c","STACK_NAME":"s-1"}},"db":{"environment":{"A":"$$a"}}},"version":"3.8"}"#
        );
    }

    #[test]
    fn an_own_name_fits_and_is_another_for_another_name() {
        let long = "a_config_with_a_name_that_is_as_long_as_those_of_some_recipes";
        let [first, second] = ["v1", "v2"]
            .map(|version| own_name(&format!("{long}_{version}"), "samever-r-12345678").unwrap());
        assert_eq!(first.len(), 64);
        assert!(
            first.starts_with("samever-r-12345678_a_config_with"),
            "{first}"
        );
        assert_ne!(first, second);
        assert_eq!(own_name("x", "s").as_deref(), Some("s_x"));
        assert_eq!(own_name("a-s-x", "s"), None);
        assert!(own_name(&"é".repeat(40), "s1").unwrap().len() <= 64);
    }

    #[test]
    fn what_two_runs_would_share_gets_a_name_of_the_runs_own() {
        for (part, overlay) in [
            ("volumes: {data: {}, db: {driver: local}}", "{}"),
            ("volumes: {data: {name: '${STACK_NAME}_x'}}", "{}"),
            ("networks: {proxy: {external: true}}", "{}"),
            ("configs: {c: {external: true, name: x}}", "{}"),
            ("secrets: {pw: {external: true, name: x}}", "{}"),
            (
                "volumes: {data: {external: true}}",
                r#"{"volumes":{"data":{}}}"#,
            ),
            (
                "volumes: {data: {external: {name: x}}}",
                r#"{"volumes":{"data":{}}}"#,
            ),
            (
                "volumes: {data: {external: true, name: '${STACK_NAME}_x'}}",
                r#"{"volumes":{"data":{}}}"#,
            ),
            (
                "services: {app: {environment: [HOME, B]}, db: {environment: {PATH: , A: }}}",
                r#"{"services":{"app":{"environment":{"A":"$$a","B":"b","C":"c","HOME":" ","STACK_NAME":"s-1"}},"db":{"environment":{"A":"$$a","PATH":" "}}}}"#,
            ),
            (
                "volumes: {data: {name: x-$A, driver_opts: {o: 'size=$B', n: 3}}}",
                r#"{"volumes":{"data":{"driver_opts":{"n":3,"o":"size=$SAMEVER_APP_B"},"name":"s-1_x-$a"}}}"#,
            ),
            (
                "networks: {inner: {name: x, internal: true}}",
                r#"{"networks":{"inner":{"internal":true,"name":"s-1_x"}}}"#,
            ),
            (
                "configs: {c: {file: ./c, name: c_v1}}",
                r#"{"configs":{"c":{"file":"./c","name":"s-1_c_v1"}}}"#,
            ),
            (
                "secrets: {s: {file: ./s, name: s_v1}, t: {external: true, name: t}}",
                r#"{"secrets":{"s":{"file":"./s","name":"s-1_s_v1"},"t":{"external":{"name":"s-1_t"}}}}"#,
            ),
        ] {
            assert_eq!(overlaid(part, &[("t", "s-1_t")]), overlay, "{part}");
        }
    }
}
