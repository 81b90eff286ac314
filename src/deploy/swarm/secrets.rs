//! The values of the secrets that a run makes: given by the operator, or random.
//!
//! A comment behind a secret's version says how abra makes its value:
//! `SECRET_PW_VERSION=v1 # length=32 charset=alnum`, or that the operator must give
//! one: `generate=false`.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::deploy::app::{COMPOSE_FILE, Environment, Variables};
use crate::deploy::swarm::compose::{Compose, Named, Part};
use crate::deploy::swarm::engine::{EngineError, NAME_MAX, has, random_word, tell};
use crate::deploy::swarm::stack_file::own_name;
use crate::deploy::swarm::state::NAMESPACE;
use crate::disk::read_bounded;
use crate::run::DeployError;

/// The largest secret that the engine takes, in bytes.
const VALUE_MAX: usize = 500 * 1024;

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// How the value of a secret is made.
#[derive(Debug, PartialEq, Eq)]
struct Rule {
    /// Its length in letters; without one it is a random word.
    length: Option<usize>,
    charset: &'static str,
    /// Extra letters of the charset.
    more: &'static str,
    is_generated: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            length: None,
            charset: ALNUM,
            more: "",
            is_generated: true,
        }
    }
}

/// A secret cannot be made.
#[derive(Debug)]
pub(crate) enum SecretError {
    /// It is the recipe's fault.
    Recipe(String),
    /// Its version is not set: that is the recipe's fault, unless the operator has
    /// chosen the compose files.
    NoVersion(String),
    /// It is the operator's to mend.
    Operator(String),
}

/// The secrets of a deployment.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    /// Names of the run's own, by the keys of the secrets.
    pub own_names: BTreeMap<String, String>,
    /// The values that were made.
    pub values: Vec<Vec<u8>>,
}

/// Makes the secrets that the services expect to exist.
pub(crate) fn make(
    compose: &Compose<'_>,
    environment: &Environment,
    stack: &str,
    env_file: Option<&Path>,
) -> Result<Secrets, DeployError> {
    let is_chosen = environment.given.contains_key(COMPOSE_FILE);
    let not_made = |error| not_made(error, is_chosen);
    let label = format!("{NAMESPACE}={stack}");
    let mut made = Secrets::default();
    for secret in compose
        .external(Part::Secrets)
        .map_err(DeployError::Failed)?
    {
        check_name(&secret, stack).map_err(not_made)?;
        // One that is there already is the operator's, or the base's.
        if has("secret", &secret.name)? {
            continue;
        }
        let mut name = secret.name.clone();
        if let Some(own) = own_name(&secret.name, stack) {
            made.own_names.insert(secret.key.clone(), own.clone());
            if has("secret", &own)? {
                continue;
            }
            name = own;
        }
        let value = value(&secret, &environment.comments, env_file).map_err(not_made)?;
        let args = ["secret", "create", "--label", &label, "--", &name, "-"];
        match tell(&args, &value) {
            Ok(_) => made.values.push(value),
            Err(EngineError::Refused(why)) => {
                return Err(DeployError::Failed(format!("its secret {name}: {why}")));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(made)
}

/// A secret that cannot be made, for compose files that the operator has chosen or not.
fn not_made(error: SecretError, is_chosen: bool) -> DeployError {
    match error {
        SecretError::NoVersion(why) if is_chosen => DeployError::Unusable(why),
        SecretError::Recipe(why) | SecretError::NoVersion(why) => DeployError::Failed(why),
        SecretError::Operator(why) => DeployError::Unusable(why),
    }
}

/// Makes sure that the name of a secret is one that abra and the engine take.
pub(crate) fn check_name(secret: &Named, stack: &str) -> Result<(), SecretError> {
    let Named {
        key, name, written, ..
    } = secret;
    // It is a part of a path, too.
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if !key.chars().all(is_letter) || key.chars().all(|letter| letter == '.') {
        return Err(SecretError::Recipe(format!(
            "its secret {key:?} has a name that docker does not take; use letters, digits, `.`, `_` \
             and `-`"
        )));
    }
    if name.ends_with('_') {
        return Err(SecretError::NoVersion(format!(
            "its secret {key} has no version: its name is {written}, and the variable at its end has \
             no value; set it in .env.sample, or in the file of --env-file"
        )));
    }
    if name.len() > NAME_MAX {
        return Err(SecretError::Recipe(format!(
            "the name {name} of its secret {key} has {} bytes, {} of them of the stack {stack}, and \
             the engine takes {NAME_MAX}; shorten the name",
            name.len(),
            stack.len()
        )));
    }
    Ok(())
}

/// The value of a secret: that of the file with its key in the folder beside the
/// operator's env file, or a random one after the comment of its version.
///
/// # Errors
///
/// The operator must give one and does not, or the comment cannot be read.
pub(crate) fn value(
    secret: &Named,
    comments: &Variables,
    env_file: Option<&Path>,
) -> Result<Vec<u8>, SecretError> {
    let given = env_file.map(|file| given_folder(file).join(&secret.key));
    if let Some(given) = given.as_deref().filter(|given| given.exists()) {
        return read_given(given);
    }
    let rule = rule_of(secret, comments)?;
    if !rule.is_generated {
        let given = given.unwrap_or_else(|| given_folder(Path::new("FILE")).join(&secret.key));
        return Err(SecretError::Operator(format!(
            "its secret {} is one that an operator gives (generate=false): write its value into the \
             file {}, beside the file of --env-file",
            secret.key,
            given.display()
        )));
    }
    random(&rule).map_err(|error| SecretError::Operator(error.to_string()))
}

/// The folder of the operator's secrets: `FILE.secrets`, beside the env file.
fn given_folder(env_file: &Path) -> PathBuf {
    let mut folder = env_file.as_os_str().to_owned();
    folder.push(".secrets");
    folder.into()
}

fn read_given(file: &Path) -> Result<Vec<u8>, SecretError> {
    let why = |why: &str| {
        let file = file.display();
        SecretError::Operator(format!("the file {file} of a secret cannot be read: {why}"))
    };
    let bytes = read_bounded(file, VALUE_MAX as u64).map_err(|error| why(&error.to_string()))?;
    if bytes.is_empty() {
        return Err(why("it is empty"));
    }
    if bytes.len() > VALUE_MAX {
        return Err(why("it is larger than 500 KiB"));
    }
    Ok(bytes)
}

/// The rule in the comment of the variable that the name of a secret uses.
fn rule_of(secret: &Named, comments: &Variables) -> Result<Rule, SecretError> {
    // The version stands at the end of the name.
    let used = variables_of(&secret.written).last();
    let used = used.and_then(|name| Some((name, comments.get(name)?)));
    let mut rule = Rule::default();
    let Some((name, comment)) = used else {
        return Ok(rule);
    };
    for word in comment.split_whitespace() {
        match word.split_once('=') {
            Some(("length", length)) => {
                let length = length.parse().ok();
                let fits = |length: &usize| (1..=VALUE_MAX).contains(length);
                let Some(length) = length.filter(fits) else {
                    return Err(SecretError::Recipe(format!(
                        "the comment of {name} says {word}, which is no length; write a number"
                    )));
                };
                rule.length = Some(length);
            }
            Some(("charset", charset)) => {
                (rule.charset, rule.more) = match charset {
                    "hex" => ("0123456789abcdef", ""),
                    "special" => (ALNUM, "!@#$%^&*_-+="),
                    "safespecial" => (ALNUM, "!@#%^&*_-+="),
                    _ => (ALNUM, ""),
                };
            }
            Some(("generate", generate)) => rule.is_generated = generate != "false",
            Some(_) | None => {}
        }
    }
    Ok(rule)
}

/// The names of the variables in a text, in order.
fn variables_of(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|part| {
        let part = part.strip_prefix('{').unwrap_or(part);
        let end = part.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let name = &part[..end.unwrap_or(part.len())];
        (!name.is_empty()).then_some(name)
    })
}

fn random(rule: &Rule) -> io::Result<Vec<u8>> {
    let Some(length) = rule.length else {
        return Ok(random_word()?.into_bytes());
    };
    let letters = [rule.charset.as_bytes(), rule.more.as_bytes()].concat();
    // A byte past the last whole round would make some letters likelier.
    let round = letters.len() * (256 / letters.len());
    let source = std::fs::File::open("/dev/urandom")?;
    let bytes = io::BufReader::new(source).bytes();
    let letters = bytes.filter_map(|byte| match byte.map(usize::from) {
        Ok(byte) if byte < round => Some(Ok(letters[byte % letters.len()])),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    });
    letters.take(length).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{SecretError, check_name, value};
    use crate::deploy::app::Variables;
    use crate::deploy::swarm::compose::Named;
    use crate::recipe::node::Node;

    fn secret(written: &str) -> Named {
        Named {
            key: "pw".to_owned(),
            written: written.to_owned(),
            name: written.replace("${STACK_NAME}", "s"),
            is_external: true,
            node: Node::Null,
        }
    }

    fn comments(pairs: &[(&str, &str)]) -> Variables {
        let owned = |(name, comment): &(&str, &str)| ((*name).to_owned(), (*comment).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn made(comment: &str) -> Result<String, String> {
        let comments = comments(&[("SECRET_PW_VERSION", comment)]);
        match value(&secret("s_pw_${SECRET_PW_VERSION}"), &comments, None) {
            Ok(value) => Ok(String::from_utf8(value).unwrap()),
            Err(SecretError::Recipe(why) | SecretError::NoVersion(why)) => {
                Err(format!("recipe: {why}"))
            }
            Err(SecretError::Operator(why)) => Err(format!("operator: {why}")),
        }
    }

    #[test]
    fn a_value_is_made_as_the_comment_says() {
        for (comment, length, letters) in [
            ("", 48, "0123456789abcdef"),
            ("what it is for", 48, "0123456789abcdef"),
            ("length=32", 32, super::ALNUM),
            ("length=10 charset=alnum", 10, super::ALNUM),
            ("charset=hex length=64", 64, "0123456789abcdef"),
            ("length=7 charset=default generate=true", 7, super::ALNUM),
        ] {
            let value = made(comment).unwrap();
            assert_eq!(value.len(), length, "{comment}");
            assert!(
                value.chars().all(|letter| letters.contains(letter)),
                "{comment}"
            );
            assert_ne!(made(comment).unwrap(), value, "{comment}");
        }
        let safe = made("length=4000 charset=safespecial").unwrap();
        assert!(safe.contains('!') && !safe.contains('$'));
        assert!(made("length=4000 charset=special").unwrap().contains('$'));
        for comment in [
            "length=x",
            "length=0",
            "length=-1",
            "length=99999999999",
            "length=",
        ] {
            let why = made(comment).unwrap_err();
            assert!(
                why.starts_with("recipe: the comment of SECRET_PW_VERSION says"),
                "{why}"
            );
        }
        let why = made("generate=false").unwrap_err();
        assert!(why.starts_with("operator: its secret pw") && why.contains("FILE.secrets/pw"));
    }

    #[test]
    fn the_comment_is_that_of_the_variable_in_the_name() {
        let comments = comments(&[
            ("SECRET_PW_VERSION", "length=5"),
            ("SECRET_PW_VERSION_OLD", "length=6"),
            ("OTHER", "length=7"),
            ("PW", ""),
        ]);
        for (written, length) in [
            ("s_pw_${SECRET_PW_VERSION}", 5),
            ("s_pw_${SECRET_PW_VERSION:-v1}", 5),
            ("s_pw_$SECRET_PW_VERSION_OLD", 6),
            ("s_pw_${SECRET_PW_VERSION_NEW}", 48),
            ("${OTHER}_pw_${SECRET_PW_VERSION}", 5),
            ("s_pw_v1", 48),
        ] {
            let value = value(&secret(written), &comments, None).unwrap();
            assert_eq!(value.len(), length, "{written}");
        }
    }

    #[test]
    fn the_operators_value_is_taken_as_it_is() {
        let folder = tempfile::TempDir::new().unwrap();
        let env_file = folder.path().join("mine.env");
        let given = folder.path().join("mine.env.secrets");
        fs::create_dir(&given).unwrap();
        let comments = comments(&[("V", "generate=false")]);
        let value = || value(&secret("s_pw_$V"), &comments, Some(&env_file));
        assert!(
            matches!(value(), Err(SecretError::Operator(why)) if why.contains("mine.env.secrets/pw"))
        );
        fs::write(given.join("pw"), b"a\xff\n").unwrap();
        assert_eq!(value().unwrap(), b"a\xff\n");
        fs::write(given.join("pw"), "").unwrap();
        assert!(matches!(value(), Err(SecretError::Operator(why)) if why.ends_with("it is empty")));
        fs::write(given.join("pw"), vec![b'x'; 500 * 1024 + 1]).unwrap();
        assert!(matches!(value(), Err(SecretError::Operator(why)) if why.contains("500 KiB")));
    }

    #[test]
    fn a_name_without_a_version_or_too_long_is_the_recipes_fault() {
        let longest = "x".repeat(64);
        assert!(check_name(&secret(&longest), "s").is_ok());
        let why = |name: &str| match check_name(&secret(name), "s").unwrap_err() {
            SecretError::Recipe(why) | SecretError::NoVersion(why) | SecretError::Operator(why) => {
                why
            }
        };
        assert!(why("s_pw_").contains("its name is s_pw_, and the variable"));
        for key in ["../x", "/etc/x", "..", ".", "a b", "é"] {
            let secret = Named {
                key: key.to_owned(),
                ..secret("s_pw_v1")
            };
            let why = check_name(&secret, "s").unwrap_err();
            assert!(matches!(why, SecretError::Recipe(why) if why.contains("does not take")));
        }
        assert!(why(&(longest + "x")).contains("has 65 bytes, 1 of them of the stack s"));
    }
}
