//! The variables of a recipe's compose file: the recipe's own defaults, and the
//! operator's values over them.
//!
//! The defaults are a stranger's: they are read as texts, never by a shell, and
//! none that would steer a program gets through.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::recipe::FILE_BYTES_MAX;

/// Names by which programs are steered, and their beginnings.
const STEERING: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "SHELL",
    "TMPDIR",
    "IFS",
    "ENV",
    "LANG",
    "HOSTALIASES",
    "GCONV_PATH",
    "LOCPATH",
    "NLSPATH",
];
const STEERING_BEGINNINGS: [&str; 15] = [
    "LD_",
    "DYLD_",
    "DOCKER_",
    "BUILDKIT_",
    "BUILDX_",
    "GO",
    "SSH_",
    "SSL_",
    "GIT_",
    "XDG_",
    "MALLOC_",
    "GLIBC_",
    "BASH",
    "LC_",
    "SAMEVER_",
];

/// Variables by their names.
pub(crate) type Variables = BTreeMap<String, String>;

/// The defaults in a tree's `.env.sample`, as far as its compose file asks for
/// them.
pub(crate) fn defaults(tree: &Path, compose: &str) -> io::Result<Variables> {
    let asked = asked_for(compose);
    let mut variables = read(&tree.join(".env.sample"))?.unwrap_or_default();
    variables.retain(|name, _| asked.contains(name.as_str()) && !steers(name));
    Ok(variables)
}

/// The variables in a file of the operator's.
pub(crate) fn of_the_operator(file: &Path) -> io::Result<Variables> {
    read(file)?.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Reads lines such as `NAME=value # why`; what is none is passed over, as
/// comments are.
fn read(file: &Path) -> io::Result<Option<Variables>> {
    let mut text = Vec::new();
    match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(there) if there.is_dir() => return Err(io::Error::other("it is a folder")),
        Ok(_) => File::open(file)?
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut text)?,
    };
    let text = String::from_utf8_lossy(&text);
    Ok(Some(text.lines().filter_map(variable).collect()))
}

fn variable(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let (name, value) = line
        .strip_prefix("export ")
        .unwrap_or(line)
        .split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        let (quoted, _) = value.strip_prefix(quote)?.split_once(quote)?;
        Some(quoted)
    });
    let value = quoted.unwrap_or_else(|| {
        let comment = value.find(" #").unwrap_or(value.len());
        value[..comment].trim_end()
    });
    // Nothing with a NUL can be a variable.
    (is_name && !value.contains('\0')).then(|| (name.to_owned(), value.to_owned()))
}

/// The names that a compose file asks for, as `$NAME` or `${NAME…}`.
fn asked_for(compose: &str) -> BTreeSet<&str> {
    let names = compose.split('$').skip(1).map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let end = rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len());
        &rest[..end]
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// Tells whether a program obeys a variable of this name.
fn steers(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    STEERING.contains(&name.as_str())
        || STEERING_BEGINNINGS
            .iter()
            .any(|begin| name.starts_with(begin))
        || name.ends_with("_PROXY")
}

#[cfg(test)]
mod tests {
    use super::{asked_for, defaults, variable};

    #[test]
    fn lines_are_read_as_recipes_write_them() {
        let read = |line| variable(line).map(|(name, value)| format!("{name}={value}"));
        assert_eq!(read("TYPE=custom-html").unwrap(), "TYPE=custom-html");
        assert_eq!(read("V=v1 # length=32").unwrap(), "V=v1");
        assert_eq!(read("export A = \"x # y\" # z").unwrap(), "A=x # y");
        assert_eq!(read("A='$(touch pwned)'").unwrap(), "A=$(touch pwned)");
        assert_eq!(read("A=").unwrap(), "A=");
        assert_eq!(read("A=b=c#d").unwrap(), "A=b=c#d");
        for line in ["", "# A=1", "A", "1A=2", "A B=c", "=x", "A=\0"] {
            assert_eq!(read(line), None, "{line:?}");
        }
    }

    #[test]
    fn only_what_is_asked_for_and_steers_no_program_gets_through() {
        let compose =
            "image: a:${TAG:-1}\nx: $DOMAIN ${LD_PRELOAD} $PATH ${http_proxy} $$ ${DOCKER_HOST}";
        let asked: Vec<_> = asked_for(compose).into_iter().collect();
        assert_eq!(
            asked,
            [
                "DOCKER_HOST",
                "DOMAIN",
                "LD_PRELOAD",
                "PATH",
                "TAG",
                "http_proxy"
            ]
        );
        let folder = tempfile::TempDir::new().unwrap();
        let sample =
            "TAG=2\nOTHER=x\nLD_PRELOAD=./evil.so\nPATH=.\nDOCKER_HOST=tcp://x\nhttp_proxy=x\n";
        std::fs::write(folder.path().join(".env.sample"), sample).unwrap();
        let variables = defaults(folder.path(), compose).unwrap();
        assert_eq!(
            variables.into_iter().collect::<Vec<_>>(),
            [("TAG".to_owned(), "2".to_owned())]
        );
    }
}
