//! The variables of a recipe's compose file: the recipe's own defaults, and the
//! operator's values over them.
//!
//! The operator's file stands alone, as with Compose: it is the copy of the
//! recipe's `.env.sample` that the operator has edited. Its values hold inside of
//! the defaults too. The defaults are a stranger's: they are read as texts, never
//! by a shell, and none that would steer a program gets through.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::deploy::swarm::env_file::{Variables, read};
use crate::disk::read_bounded;
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

/// The variables of a stack: its own, and those of the operator's file.
///
/// # Errors
///
/// The file cannot be read, or not one of its lines.
pub(crate) fn of_the_operator(stack: &str, file: Option<&Path>) -> io::Result<Variables> {
    let fixed = [("STACK_NAME".to_owned(), stack.to_owned())].into();
    let own = [("DOMAIN".to_owned(), format!("{stack}.localhost"))].into();
    let text = match file {
        Some(file) => String::from_utf8(read_whole(file)?).map_err(|error| {
            let position = error.utf8_error().valid_up_to();
            io::Error::other(format!("it is not UTF-8 at byte {position}"))
        })?,
        None => String::new(),
    };
    let (variables, errors) = read(&text, &fixed, own);
    match errors.first() {
        Some(error) => Err(io::Error::other(error.to_string())),
        None => Ok(variables),
    }
}

/// Those variables, over the defaults in a tree's `.env.sample` as far as its
/// compose file asks for them. A line there that cannot be read is passed over.
pub(crate) fn over_the_defaults(
    tree: &Path,
    compose: &str,
    given: Variables,
) -> io::Result<Variables> {
    let sample = tree.join(".env.sample");
    let text = match sample.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Ok(_) | Err(_) => read_whole(&sample)?,
    };
    let text = String::from_utf8_lossy(&text);
    let (mut variables, _) = read(&text, &given, Variables::new());
    let asked = asked_for(compose);
    variables.retain(|name, _| asked.contains(name.as_str()) && !steers(name));
    variables.extend(given);
    Ok(variables)
}

fn read_whole(file: &Path) -> io::Result<Vec<u8>> {
    let bytes = read_bounded(file, FILE_BYTES_MAX)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
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
    use std::fs;

    use super::{asked_for, of_the_operator, over_the_defaults};
    use crate::deploy::swarm::env_file::Variables;

    /// The variables of the stack `s`, from these two files.
    #[track_caller]
    fn both(sample: impl AsRef<[u8]>, mine: &str, compose: &str) -> Variables {
        let folder = tempfile::TempDir::new().unwrap();
        fs::write(folder.path().join(".env.sample"), sample).unwrap();
        let file = folder.path().join("mine.env");
        fs::write(&file, mine).unwrap();
        let given = of_the_operator("s", Some(&file)).unwrap();
        over_the_defaults(folder.path(), compose, given).unwrap()
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
        let sample = "TAG=2\nOTHER=x\nLD_PRELOAD=./evil.so\nPATH=.\nDOCKER_HOST=tcp://x\n\
                      http_proxy=x\nexport\tLD_PRELOAD='./evil.so'\nPATH: '.'\n";
        let variables = both(sample, "", compose);
        let variables: Vec<_> = variables.into_iter().collect();
        let expected = [("DOMAIN", "s.localhost"), ("STACK_NAME", "s"), ("TAG", "2")];
        assert_eq!(
            variables,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn the_operators_value_holds_inside_of_the_defaults_too() {
        let sample = "DOMAIN=example.org\nSUB=www\nURL=https://$SUB.$DOMAIN/x\n\
                      PORT=\"${DOMAIN}:${PORT_NUMBER:-80}\"\nOWN=$STACK_NAME\nSTACK_NAME=x\n";
        let compose = "$URL $PORT $OWN";
        let value = |mine: &str, name: &str| both(sample, mine, compose)[name].clone();
        assert_eq!(value("", "URL"), "https://www.s.localhost/x");
        assert_eq!(value("", "PORT"), "s.localhost:80");
        assert_eq!(value("", "OWN"), "s");
        assert_eq!(value("DOMAIN=a.b\nSUB=c", "URL"), "https://c.a.b/x");
        assert_eq!(value("DOMAIN=a.b\nPORT_NUMBER=8", "PORT"), "a.b:8");
        assert_eq!(value("URL=\"http://$DOMAIN\"", "URL"), "http://s.localhost");
        assert_eq!(value("STACK_NAME=y\nURL=$STACK_NAME", "URL"), "s");
        // The operator's file stands alone.
        assert_eq!(value("URL=$SUB.$DOMAIN", "URL"), ".s.localhost");
    }

    #[test]
    fn nothing_of_the_process_gets_into_a_value() {
        let sample = "A=$PATH\nB=${HOME:-none}\nC=\"$USER\"\nPATH\nD=${CARGO_MANIFEST_DIR}\n";
        let variables = both(sample, "E=$PATH\n", "$A $B $C $D $E $PATH");
        for (name, value) in [("A", ""), ("B", "none"), ("C", ""), ("D", ""), ("E", "")] {
            assert_eq!(variables[name], value, "{name}");
        }
        assert!(!variables.contains_key("PATH"));
    }

    #[test]
    fn a_default_that_cannot_be_read_is_passed_over_and_an_operators_is_told() {
        let sample = b"A=1\nB=\"open\nC=2\nD='x' y\n$(touch pwned)\nE=${E:?why}\nF=3\n\xff";
        let variables = both(sample, "", "$A $B $C $D $E $F");
        let names: Vec<_> = variables.keys().map(String::as_str).collect();
        assert_eq!(names, ["A", "C", "DOMAIN", "F", "STACK_NAME"]);

        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("mine.env");
        let why = |mine: &[u8]| {
            fs::write(&file, mine).unwrap();
            of_the_operator("s", Some(&file)).unwrap_err().to_string()
        };
        assert!(why(b"A=1\nB=\"open\n").starts_with("line 2: the value begins with \""));
        assert_eq!(why(b"A=1\nB=\xff\n"), "it is not UTF-8 at byte 6");
        assert_eq!(why(&vec![b'#'; 1024 * 1024 + 1]), "it is larger than 1 MiB");
        assert!(of_the_operator("s", Some(folder.path())).is_err());
        assert!(of_the_operator("s", Some(&folder.path().join("none"))).is_err());
        assert_eq!(of_the_operator("s", None).unwrap()["DOMAIN"], "s.localhost");
        let none = over_the_defaults(folder.path(), "$A", Variables::new()).unwrap();
        assert_eq!(none, Variables::new());
    }
}
