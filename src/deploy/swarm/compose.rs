//! What an app's compose files say together, as far as it must be known before
//! they deploy: services and their environment, secrets, and volumes.
//!
//! Docker merges the files in their order: maps by their keys, and a later value
//! over an earlier one.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::deploy::app::{ComposeFile, Variables};
use crate::recipe::interpolation::expand;
use crate::recipe::node::Node;
use crate::recipe::yaml::first_document;

/// The compose files of an app, read.
#[derive(Debug)]
pub(crate) struct Compose<'a> {
    files: Vec<(&'a str, Rc<Node>)>,
    variables: &'a Variables,
}

/// A network, volume, secret or config of the compose files that has a name on the
/// engine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its key in the compose files.
    pub key: String,
    /// Its name on the engine as it is written, with variables.
    pub written: String,
    /// Its name on the engine.
    pub name: String,
    /// Whether the compose files expect it to be there.
    pub is_external: bool,
    /// All that they say of it.
    pub node: Node,
}

/// What can have a name on the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Networks,
    Volumes,
    Secrets,
    Configs,
}

impl Part {
    pub(crate) const ALL: [Self; 4] = [Self::Networks, Self::Volumes, Self::Secrets, Self::Configs];

    /// The key of the part in a compose file.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Networks => "networks",
            Self::Volumes => "volumes",
            Self::Secrets => "secrets",
            Self::Configs => "configs",
        }
    }

    /// What one of them is called: with `docker`, and by people.
    pub(crate) const fn one(self) -> &'static str {
        match self {
            Self::Networks => "network",
            Self::Volumes => "volume",
            Self::Secrets => "secret",
            Self::Configs => "config",
        }
    }
}

impl<'a> Compose<'a> {
    /// Reads the files, whose variables have these values.
    ///
    /// # Errors
    ///
    /// One is not YAML.
    pub(crate) fn read(files: &'a [ComposeFile], variables: &'a Variables) -> Result<Self, String> {
        let files = files.iter().map(|ComposeFile { path, text }| {
            let document = first_document(text);
            let document =
                document.map_err(|why| format!("its {path} is not readable YAML: {why}"))?;
            Ok((path.as_str(), document))
        });
        let files = files.collect::<Result<_, String>>()?;
        Ok(Self { files, variables })
    }

    /// The version of the format that the first file states, which all must share.
    pub(crate) fn format(&self) -> Option<&str> {
        let (_, document) = self.files.first()?;
        text_of(document.get("version"))
    }

    /// The names of the services, in order.
    pub(crate) fn services(&self) -> BTreeSet<&str> {
        self.entries("services").map(|(_, name, _)| name).collect()
    }

    /// The names of a service's environment, and whether each has a value.
    pub(crate) fn environment(&self, service: &str) -> BTreeMap<&str, bool> {
        let mut names = BTreeMap::new();
        for (_, name, service_node) in self.entries("services") {
            if name != service {
                continue;
            }
            let environment = service_node.get("environment");
            let of_map = environment
                .entries()
                .map(|(name, value)| (name, *value != Node::Null));
            let of_list = environment.items().filter_map(text_of).map(|item| {
                let name = item.split_once('=').map(|(name, _)| name);
                (name.unwrap_or(item), name.is_some())
            });
            names.extend(of_map.chain(of_list));
        }
        names
    }

    /// The parts of one kind that a service uses, and that are external.
    ///
    /// # Errors
    ///
    /// A variable in a name cannot be put in its place.
    pub(crate) fn external(&self, part: Part) -> Result<Vec<Named>, String> {
        let mut used = BTreeSet::new();
        for (_, _, service) in self.entries("services") {
            let node = service.get(part.key());
            used.extend(node.entries().map(|(key, _)| key));
            let items = node.items();
            used.extend(
                items.filter_map(|item| text_of(item).or_else(|| text_of(item.get("source")))),
            );
        }
        let has_network = |service: &&str| {
            let mut parts = self
                .entries("services")
                .filter(|(_, name, _)| name == service);
            parts.any(|(_, _, part)| {
                let networks = part.get("networks");
                let is_listed = networks.items().next().is_some();
                let is_mapped = networks.entries().next().is_some();
                is_listed || is_mapped || text_of(part.get("network_mode")).is_some()
            })
        };
        let services = self.services();
        if part == Part::Networks && !services.iter().all(has_network) {
            used.insert("default");
        }
        let mut named = self.named(part)?;
        named.retain(|named| named.is_external && used.contains(named.key.as_str()));
        Ok(named)
    }

    /// The entries of a part of all files, with the paths of the files.
    fn entries(&self, part: &str) -> impl Iterator<Item = (&str, &str, &Node)> {
        self.files.iter().flat_map(move |(path, document)| {
            let entries = document.get(part).entries();
            entries.map(|(key, node)| (*path, key, node))
        })
    }

    /// The parts of one kind that have names on the engine.
    ///
    /// # Errors
    ///
    /// A variable in a name cannot be put in its place.
    pub(crate) fn named(&self, part: Part) -> Result<Vec<Named>, String> {
        let value = |variable: &str| self.variables.get(variable).map(String::as_str);
        let mut last = BTreeMap::new();
        for (path, key, node) in self.entries(part.key()) {
            last.insert(key, (path, node));
        }
        let mut found = Vec::new();
        for (key, (path, node)) in last {
            let external = node.get("external");
            let is_external = match external {
                Node::Scalar(text) => text.eq_ignore_ascii_case("true"),
                // The older form is `external: {name: …}`.
                Node::Map(_) => true,
                Node::Null | Node::Text(_) | Node::List(_) => false,
            };
            let given = [node.get("name"), external.get("name")];
            let given = given.into_iter().find_map(text_of);
            let Some(written) = given.or(is_external.then_some(key)) else {
                continue;
            };
            let name = expand(written, &value).map_err(|why| {
                let one = part.one();
                format!("the name {written} of a {one} in its {path}: {why}")
            })?;
            found.push(Named {
                key: key.to_owned(),
                written: written.to_owned(),
                name,
                is_external,
                node: node.clone(),
            });
        }
        Ok(found)
    }
}

fn text_of(node: &Node) -> Option<&str> {
    match node {
        Node::Text(text) | Node::Scalar(text) => Some(text),
        Node::Null | Node::List(_) | Node::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Compose, Part};
    use crate::deploy::app::{ComposeFile, Variables};

    fn variables() -> Variables {
        [("STACK_NAME", "s"), ("A_VERSION", "v1"), ("S", "s")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn files(texts: &[&str]) -> Vec<ComposeFile> {
        let file = |(at, text): (usize, &&str)| ComposeFile {
            path: format!("compose.{at}.yml"),
            text: (*text).to_owned(),
        };
        texts.iter().enumerate().map(file).collect()
    }

    fn secrets(texts: &[&str]) -> Result<String, String> {
        let (files, variables) = (files(texts), variables());
        let secrets = Compose::read(&files, &variables)?.external(Part::Secrets)?;
        let names: Vec<_> = secrets.into_iter().map(|secret| secret.name).collect();
        Ok(names.join(" "))
    }

    #[test]
    fn external_secrets_that_a_service_uses_are_named_as_docker_names_them() {
        let compose = "services: {app: {secrets: [a, b, c, {source: d, target: x}, e, f]}}\n\
                       secrets:\n  a: {external: true, name: '${STACK_NAME}_a_${A_VERSION}'}\n  \
                       b: {external: true}\n  c: {file: ./c}\n  d:\n    external:\n      name: \
                       $STACK_NAME-d\n  e: {external: false}\n  f: {external: true, name: \
                       '${F:-x}'}\n  unused: {external: true}\n";
        assert_eq!(secrets(&[compose]).unwrap(), "s_a_v1 b s-d x");
        // A second file may use, declare or change one.
        let second =
            "services: {db: {secrets: [unused]}}\nsecrets: {b: {external: true, name: y}}\n";
        assert_eq!(
            secrets(&[compose, second]).unwrap(),
            "s_a_v1 y s-d x unused"
        );
        assert_eq!(secrets(&["services: {}"]).unwrap(), "");
        assert!(
            secrets(&["{"])
                .unwrap_err()
                .starts_with("its compose.0.yml is not readable YAML")
        );
    }

    #[test]
    fn a_secret_is_found_beside_a_second_document_tags_and_odd_names() {
        let used = "services: {app: {secrets: [a, b]}}\n";
        let secret =
            |name: &str| format!("{used}secrets: {{a: {{external: true, name: '{name}'}}}}\n");
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
            assert_eq!(secrets(&[&secret(name)]).unwrap(), named, "{name}");
        }
        let odd = secret("a") + "x-a: !!timestamp 2001-01-01\n---\nsecrets: [[[\n";
        assert_eq!(secrets(&[&odd]).unwrap(), "a");
        let anchored = "x-s: &s {external: true}\nsecrets: {a: {<<: *s}, b: *s, c: {}, d: }\n";
        assert_eq!(secrets(&[&format!("{used}{anchored}")]).unwrap(), "a b");
        for text in ["", "secrets:\n", "secrets: [a]\n", "secrets: a\n", "[]"] {
            assert_eq!(secrets(&[text]).unwrap(), "", "{text:?}");
        }
        let why = secrets(&[&secret("${X:?set it}")]).unwrap_err();
        assert!(
            why.ends_with("the variable X has no value: set it"),
            "{why}"
        );
        assert!(secrets(&[&secret("${X")]).unwrap_err().contains("`${`"));
    }

    #[test]
    fn the_external_networks_are_those_that_a_service_is_in() {
        let networks = |services: &[&str]| {
            let mut texts = services.to_vec();
            let declared = "networks: {default: {external: true, name: d}, proxy: {external: true}, \
                            other: {external: true}, inner: {}}\n";
            texts.push(declared);
            let (files, variables) = (files(&texts), variables());
            let compose = Compose::read(&files, &variables).unwrap();
            let networks = compose.external(Part::Networks).unwrap();
            let names: Vec<_> = networks.into_iter().map(|network| network.name).collect();
            names.join(" ")
        };
        for (services, expected) in [
            (
                &["services: {app: {networks: [proxy, inner]}}"][..],
                "proxy",
            ),
            (
                &["services: {app: {networks: {proxy: {aliases: [x]}}}}"],
                "proxy",
            ),
            (&["services: {app: {}}"], "d"),
            (&["services: {app: {networks: [inner]}, db: {}}"], "d"),
            (&["services: {app: {networks: [inner, default]}}"], "d"),
            (
                &[
                    "services: {app: {}}",
                    "services: {app: {networks: [proxy]}}",
                ],
                "proxy",
            ),
            (&["services: {app: {network_mode: host}}"], ""),
            (&["services: {}"], ""),
        ] {
            assert_eq!(networks(services), expected, "{services:?}");
        }
    }

    #[test]
    fn the_environment_of_a_service_is_that_of_all_files() {
        let (files, variables) = (
            files(&[
                "services: {app: {environment: [A, B=1, 'C=']}, db: {environment: {X: 1}}}",
                "services: {app: {environment: {D: , E: '', A: 1}}}",
            ]),
            variables(),
        );
        let compose = Compose::read(&files, &variables).unwrap();
        let app: Vec<_> = compose.environment("app").into_iter().collect();
        let expected = [
            ("A", true),
            ("B", true),
            ("C", true),
            ("D", false),
            ("E", true),
        ];
        assert_eq!(app, expected);
        assert_eq!(
            compose.services().into_iter().collect::<Vec<_>>(),
            ["app", "db"]
        );
        assert!(compose.environment("none").is_empty());
    }
}
