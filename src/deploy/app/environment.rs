//! The environment of an app: made when it is installed, and kept by its upgrades.
//!
//! An operator makes it as a copy of the `.env.sample` of the version that is
//! installed, and edits it. An upgrade keeps it: the sample of the new version adds
//! only the variables that the environment does not have. What `abra.sh` exports
//! belongs to the version, and goes over it.

use std::io;
use std::path::{Path, PathBuf};

use crate::deploy::app::abra_sh::exports;
use crate::deploy::app::env_file::{EnvText, Variables, read};
use crate::deploy::app::text_file::{read_if_there, read_whole};

/// The environment of the app of one run.
#[derive(Debug)]
pub(crate) struct AppEnvironment {
    stack: String,
    /// The operator's file, and its text.
    operator: Option<(PathBuf, String)>,
    /// What the installation made.
    installed: Option<Environment>,
}

/// The environment with which a version is deployed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub variables: Variables,
    /// The comments behind the values, such as `length=32` of a secret's version.
    pub comments: Variables,
    /// The comments behind the values that the operator gives, by their names.
    pub given: Variables,
}

/// An environment cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    /// It is the operator's to mend.
    #[error("the file {} of --env-file cannot be read: {why}", .file.display())]
    Operator {
        /// The operator's file.
        file: PathBuf,
        why: String,
    },
    /// It is the recipe's fault.
    #[error("its {file} cannot be read: {why}")]
    Tree {
        /// The file of the tree.
        file: &'static str,
        why: io::Error,
    },
}

impl AppEnvironment {
    /// That of an app for which the operator gives nothing.
    pub(crate) fn without_operator(stack: &str) -> Self {
        Self {
            stack: stack.to_owned(),
            operator: None,
            installed: None,
        }
    }

    /// The environment of an app that is not installed yet.
    ///
    /// # Errors
    ///
    /// The operator's file cannot be read.
    pub(crate) fn new(stack: &str, file: Option<&Path>) -> Result<Self, EnvironmentError> {
        let operator = file.map(|file| {
            let text = read_whole(file).and_then(|bytes| {
                String::from_utf8(bytes).map_err(|error| {
                    let position = error.utf8_error().valid_up_to();
                    io::Error::other(format!("it is not UTF-8 at byte {position}"))
                })
            });
            let file = file.to_owned();
            match text {
                Ok(text) => Ok((file, text)),
                Err(why) => Err(EnvironmentError::Operator {
                    file,
                    why: why.to_string(),
                }),
            }
        });
        Ok(Self {
            stack: stack.to_owned(),
            operator: operator.transpose()?,
            installed: None,
        })
    }

    /// The environment with which a tree is deployed: the first installs the app,
    /// and those that follow upgrade it.
    ///
    /// A line of a sample that cannot be read is passed over.
    ///
    /// # Errors
    ///
    /// A file of the tree cannot be read, or not one line of the operator's.
    pub(crate) fn of_tree(&mut self, tree: &Path) -> Result<Environment, EnvironmentError> {
        let text = |file: &'static str| {
            let text = read_if_there(&tree.join(file));
            text.map_err(|why| EnvironmentError::Tree { file, why })
        };
        let (sample, script) = (text(".env.sample")?, text("abra.sh")?);
        let mut environment = match &self.installed {
            None => {
                let installed = self.install(&sample)?;
                self.installed = Some(installed.clone());
                installed
            }
            Some(installed) => upgrade(installed, &sample),
        };
        environment.variables.extend(exports(&script));
        environment.variables.extend(self.stack_name());
        Ok(environment)
    }

    fn stack_name(&self) -> Variables {
        [("STACK_NAME".to_owned(), self.stack.clone())].into()
    }

    fn install(&self, sample: &str) -> Result<Environment, EnvironmentError> {
        let domain = || ("DOMAIN".to_owned(), format!("{}.localhost", self.stack));
        let mut fixed = self.stack_name();
        fixed.extend([domain()]);
        // The operator's values may use those of the sample.
        let defaults = read(sample, &fixed, Variables::new()).variables;
        let operator = self.operator.as_ref();
        let text = operator.map_or("", |(_, text)| text);
        let EnvText {
            mut variables,
            comments: given,
            errors,
        } = read(text, &self.stack_name(), defaults);
        if let (Some(error), Some((file, _))) = (errors.first(), operator) {
            return Err(EnvironmentError::Operator {
                file: file.clone(),
                why: error.to_string(),
            });
        }
        variables.retain(|name, _| given.contains_key(name) || fixed.contains_key(name));
        // The defaults may use the operator's values.
        let sample = read(sample, &variables, Variables::new());
        let mut comments = sample.comments;
        let commented = given.iter().filter(|(_, comment)| !comment.is_empty());
        comments.extend(commented.map(|(name, comment)| (name.clone(), comment.clone())));
        Ok(Environment {
            variables: sample.variables,
            comments,
            given,
        })
    }
}

/// The environment of an app that is installed, with what is new in the sample of
/// another version.
fn upgrade(installed: &Environment, sample: &str) -> Environment {
    let EnvText {
        variables,
        comments,
        ..
    } = read(sample, &installed.variables, Variables::new());
    let is_new = |(name, _): &(String, String)| !installed.variables.contains_key(name);
    let mut environment = installed.clone();
    environment.variables = variables;
    environment
        .comments
        .extend(comments.into_iter().filter(is_new));
    environment
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{AppEnvironment, Environment};
    use crate::deploy::app::env_file::Variables;

    /// The files of a tree, in which a run deploys with the operator's file.
    struct Files(tempfile::TempDir);

    impl Files {
        fn new() -> Self {
            Self(tempfile::TempDir::new().unwrap())
        }

        fn write(&self, file: &str, text: impl AsRef<[u8]>) -> &Self {
            fs::write(self.0.path().join(file), text).unwrap();
            self
        }

        fn app(&self) -> AppEnvironment {
            let file = self.0.path().join("mine.env");
            AppEnvironment::new("s", file.is_file().then_some(&file)).unwrap()
        }

        fn deployed(&self, app: &mut AppEnvironment) -> Environment {
            app.of_tree(self.0.path()).unwrap()
        }

        fn why(&self) -> String {
            let file = self.0.path().join("mine.env");
            let app = AppEnvironment::new("s", Some(&file));
            let environment = app.and_then(|mut app| app.of_tree(self.0.path()));
            environment.unwrap_err().to_string()
        }
    }

    fn installed(sample: &str, mine: &str) -> Environment {
        let files = Files::new();
        files.write(".env.sample", sample).write("mine.env", mine);
        files.deployed(&mut files.app())
    }

    #[test]
    fn every_name_of_a_recipe_gets_through() {
        let sample = "GIT_REPO=a\nSSH_PORT=b\nGOOGLE_CLIENT_ID=c\nTRUSTED_PROXY=d\nUSER=e\n\
                      LANG=f\nENV=g\nHOSTNAME=h\nPATH=i\n";
        let variables = installed(sample, "").variables;
        let values: String = [
            "GIT_REPO",
            "SSH_PORT",
            "GOOGLE_CLIENT_ID",
            "TRUSTED_PROXY",
            "USER",
            "LANG",
            "ENV",
            "HOSTNAME",
            "PATH",
        ]
        .map(|name| variables[name].as_str())
        .concat();
        assert_eq!(values, "abcdefghi");
        assert_eq!(variables["DOMAIN"], "s.localhost");
        assert_eq!(variables["STACK_NAME"], "s");
    }

    #[test]
    fn values_of_the_operator_and_of_the_sample_use_each_other() {
        let sample = "DOMAIN=example.org\nSUB=www\nURL=https://$SUB.$DOMAIN/x\n\
                      PORT=\"${DOMAIN}:${PORT_NUMBER:-80}\"\nOWN=$STACK_NAME\nSTACK_NAME=x\n\
                      COMPOSE_FILE=\"compose.yml\"\n";
        let value = |mine: &str, name: &str| installed(sample, mine).variables[name].clone();
        assert_eq!(value("", "URL"), "https://www.s.localhost/x");
        assert_eq!(value("", "PORT"), "s.localhost:80");
        assert_eq!(value("", "OWN"), "s");
        assert_eq!(value("DOMAIN=a.b\nSUB=c", "URL"), "https://c.a.b/x");
        assert_eq!(value("DOMAIN=a.b\nPORT_NUMBER=8", "PORT"), "a.b:8");
        assert_eq!(value("URL=\"http://$DOMAIN\"", "URL"), "http://s.localhost");
        assert_eq!(value("STACK_NAME=y\nURL=$STACK_NAME", "URL"), "s");
        assert_eq!(value("URL=$SUB.$DOMAIN", "URL"), "www.s.localhost");
        let more = "COMPOSE_FILE=\"$COMPOSE_FILE:compose.db.yml\"";
        assert_eq!(value(more, "COMPOSE_FILE"), "compose.yml:compose.db.yml");
    }

    #[test]
    fn an_upgrade_keeps_the_environment_and_adds_what_is_new() {
        let files = Files::new();
        files
            .write(".env.sample", "LEVEL=info\nURL=$LEVEL.x\nOLD=1\n")
            .write("mine.env", "MINE=1\n");
        let mut app = files.app();
        files.deployed(&mut app);
        files.write(
            ".env.sample",
            "LEVEL=debug\nURL=$LEVEL.y\nNEW=$LEVEL.$MINE # length=3\nMINE=2\n",
        );
        let environment = files.deployed(&mut app);
        for (name, value) in [
            ("LEVEL", "info"),
            ("URL", "info.x"),
            ("OLD", "1"),
            ("MINE", "1"),
            ("NEW", "info.1"),
        ] {
            assert_eq!(environment.variables[name], value, "{name}");
        }
        assert_eq!(environment.comments["NEW"], "length=3");
        // A second upgrade, back to the base, is again one of what was installed.
        files.write(".env.sample", "LEVEL=none\nNEW=2\n");
        assert_eq!(files.deployed(&mut app).variables["NEW"], "2");
    }

    #[test]
    fn the_exports_of_each_tree_go_over_the_environment() {
        let files = Files::new();
        files
            .write(".env.sample", "CONF_VERSION=v0\nUSES=$CONF_VERSION\n")
            .write("mine.env", "CONF_VERSION=v9\n")
            .write("abra.sh", "export CONF_VERSION=v1\nexport STACK_NAME=x\n");
        let mut app = files.app();
        let base = files.deployed(&mut app).variables;
        assert_eq!((&*base["CONF_VERSION"], &*base["USES"]), ("v1", "v9"));
        assert_eq!(base["STACK_NAME"], "s");
        files.write("abra.sh", "export OTHER=v2\n");
        let head = files.deployed(&mut app).variables;
        assert_eq!((&*head["CONF_VERSION"], &*head["OTHER"]), ("v9", "v2"));
    }

    #[test]
    fn comments_are_the_operators_where_there_is_one() {
        let sample = "A_VERSION=v1 # length=32\nB_VERSION=v1 # length=16\n#C_VERSION=v1\n";
        let mine = "A_VERSION=v2\nB_VERSION=v2 # generate=false\nC_VERSION=v1 # charset=hex\n";
        let environment = installed(sample, mine);
        for (name, comment) in [
            ("A_VERSION", "length=32"),
            ("B_VERSION", "generate=false"),
            ("C_VERSION", "charset=hex"),
        ] {
            assert_eq!(environment.comments[name], comment, "{name}");
        }
        let given: Vec<_> = environment.given.into_keys().collect();
        assert_eq!(given, ["A_VERSION", "B_VERSION", "C_VERSION"]);
    }

    #[test]
    fn nothing_of_the_process_gets_into_a_value() {
        let sample = "A=$PATH\nB=${HOME:-none}\nC=\"$USER\"\nPATH\nD=${CARGO_MANIFEST_DIR}\n";
        let variables = installed(sample, "E=$PATH\n").variables;
        for (name, value) in [("A", ""), ("B", "none"), ("C", ""), ("D", ""), ("E", "")] {
            assert_eq!(variables[name], value, "{name}");
        }
        assert!(!variables.contains_key("PATH"));
    }

    #[test]
    fn a_default_that_cannot_be_read_is_passed_over_and_an_operators_is_told() {
        let files = Files::new();
        let sample = b"A=1\nB=\"open\nC=2\nD='x' y\n$(touch pwned)\nE=${E:?why}\nF=3\n\xff";
        files.write(".env.sample", sample);
        let variables: Variables = files.deployed(&mut files.app()).variables;
        let names: Vec<_> = variables.keys().map(String::as_str).collect();
        assert_eq!(names, ["A", "C", "DOMAIN", "F", "STACK_NAME"]);

        let why = |mine: &[u8]| files.write("mine.env", mine).why();
        assert!(why(b"A=1\nB=\"open\n").contains("mine.env of --env-file cannot be read: line 2:"));
        assert!(why(b"A=1\nB=\xff\n").ends_with("it is not UTF-8 at byte 6"));
        assert!(why(&vec![b'#'; 1024 * 1024 + 1]).ends_with("it is larger than 1 MiB"));
        fs::remove_file(files.0.path().join("mine.env")).unwrap();
        assert!(
            files
                .why()
                .contains("mine.env of --env-file cannot be read")
        );
        files.write("mine.env", "");
        files.write("abra.sh", vec![b'#'; 1024 * 1024 + 1]);
        assert_eq!(
            files.why(),
            "its abra.sh cannot be read: it is larger than 1 MiB"
        );
    }
}
