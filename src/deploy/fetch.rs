//! Brings a clone up to date with its origin, by git's own program: all
//! branches and tags, without those that the remote no longer has, and the name
//! of its main branch.
//!
//! The clone's configuration is the operator's, who made the clone; what the
//! remote sends is a stranger's. No hook runs, nothing asks for a password, and
//! nothing outlives the call.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use crate::cancel::Cancel;
use crate::process::{Captured, Ended, capture};
use crate::recipe::{Recipe, RecipeError, RecipeName};
use crate::store::{CanonicalStore, StoreError};

/// What git is told in each call, over whatever its configuration says.
const SETTINGS: [&str; 9] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "credential.interactive=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "remote.origin.followRemoteHEAD=never",
    "submodule.recurse=false",
];

/// The variables of git in the environment that say how a remote is reached;
/// all others, which may say which repository is meant, are kept from it.
const KEPT: [&str; 5] = [
    "GIT_CONFIG_",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
];

/// How much is quoted of what git says.
const LINES_MAX: usize = 3;
const LINE_LETTERS_MAX: usize = 300;

/// What is fetched, and under which lock.
pub(crate) struct FetchOrder<'a> {
    /// The clone.
    pub repository: &'a Path,
    /// The reference of a pull request that is wanted, too.
    pub pr: Option<&'a str>,
    /// The main branch, where it is named; else it is the one that the remote
    /// says is the main one.
    pub main: Option<&'a str>,
    /// Where the recipe's runs are locked.
    pub place: Option<(&'a CanonicalStore, &'a RecipeName)>,
    /// The name of the command.
    pub run: &'a str,
    pub waits: &'a (dyn Fn(&str) + Sync),
    /// How long each call of git may take.
    pub timeout: Duration,
    /// The signal to stop.
    pub cancel: &'a Cancel,
}

/// A clone could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("`git` cannot be run: {0}; install git, or leave --fetch out")]
    NoGit(io::Error),
    #[error(
        "{} has no remote named origin to fetch from; add one with `git remote add origin URL`, or \
         leave --fetch out", .0.display()
    )]
    NoOrigin(PathBuf),
    #[error("the origin of {} has no branch, so nothing was fetched from it, and nothing removed", .0.display())]
    NoBranch(PathBuf),
    #[error(
        "the origin of {} does not say which of its branches is the main one, and none is called \
         main or master; name one with --main, or as `main` in catalogue.yaml", .0.display()
    )]
    NoMain(PathBuf),
    #[error(
        "{} cannot be brought up to date with its origin: {why}; see that `git fetch origin` works \
         there, or leave --fetch out", .directory.display()
    )]
    Failed {
        directory: PathBuf,
        /// What git said.
        why: String,
    },
    #[error(
        "git did not end within {} s while it fetched {}, so it was ended; see that its origin \
         answers, or give it longer with --timeout, or with `timeout` in catalogue.yaml", .limit.as_secs_f64(), .directory.display()
    )]
    TimedOut { directory: PathBuf, limit: Duration },
    #[error(
        "the origin of {} has no {name}, so nothing was fetched from it; give a name that `git \
         ls-remote origin` shows there, such as refs/pull/4/head", .directory.display()
    )]
    NotThere { directory: PathBuf, name: String },
    #[error(
        "git takes {} for the repository of {}, which is damaged; nothing was fetched; see that `git \
         status` works there", .other.display(), .directory.display()
    )]
    AnotherRepository {
        directory: PathBuf,
        /// What git finds.
        other: PathBuf,
    },
    #[error("interrupted while {} was fetched", .0.display())]
    Interrupted(PathBuf),
}

/// A clone as its remote is.
pub(crate) struct Fetched {
    /// The clone, opened anew.
    pub recipe: Recipe,
    /// The name in it of the pull request's reference, where the remote has that.
    pub pr: Option<String>,
    /// The full name in it of the main branch, or the commit that was named.
    pub main: String,
}

/// Fetches under the recipe's lock.
///
/// # Errors
///
/// The clone is not as the remote is.
pub(crate) fn fetch(order: &FetchOrder<'_>) -> Result<Fetched, FetchError> {
    let lock = |(store, name): (&CanonicalStore, _)| store.begin_run(name, order.run, order.waits);
    let _lock = order.place.map(lock).transpose()?;
    let recipe = Recipe::open(order.repository)?;
    let here = || order.repository.to_owned();
    let no_origin = || FetchError::NoOrigin(here());
    let layout = recipe.layout().ok_or_else(no_origin)?;
    let _alone = alone(recipe.common_folder());
    let git = Git::new(order)?;
    git.require_the_same(&recipe)?;
    let remote = git.ask(&["ls-remote", "--symref", "origin"])?;
    if !remote.contains("\trefs/heads/") {
        return Err(FetchError::NoBranch(here()));
    }
    let missing = |name: &str| FetchError::NotThere {
        directory: here(),
        name: name.to_owned(),
    };
    let pr = match order.pr.map(|pr| (pr, remote_name(&remote, pr))) {
        Some((_, Some(name))) => Some(name),
        // A branch or tag of the clone's own, which the remote does not have, is
        // none of today; another revision is meant as it stands.
        Some((pr, None)) if recipe.has_reference(pr) => return Err(missing(pr)),
        Some((_, None)) | None => None,
    };
    let main = match (order.main, main_branch(&remote)) {
        (None, None) => return Err(FetchError::NoMain(here())),
        (None, Some(main)) => layout.local_name(main),
        (Some(name), _) => match (branch(&remote, name), remote_name(&remote, name)) {
            (Some(branch), _) => layout.local_name(&branch),
            (None, Some(name)) if is_listed(&remote, &name) => name,
            (None, _) if recipe.has_reference(name) => return Err(missing(name)),
            (None, _) => name.to_owned(),
        },
    };
    let mut specs: Vec<_> = layout.specs().iter().map(ToString::to_string).collect();
    let local_pr = pr.as_ref().map(|pr| layout.local_name(pr));
    if let (Some(pr), Some(local)) = (pr, &local_pr) {
        specs.push(format!("+{pr}:{local}"));
    }
    let mut args = vec!["fetch", "--quiet", "--prune", "--no-filter"];
    args.extend(["--no-recurse-submodules", "--refmap="]);
    if recipe.is_shallow()? {
        args.push("--unshallow");
    }
    args.push("origin");
    args.extend(specs.iter().map(String::as_str));
    git.ask(&args)?;
    if let Some(main) = said_main_branch(&remote) {
        let main = layout.local_name(main);
        git.ask(&["symbolic-ref", layout.head(), &main])?;
    }
    Ok(Fetched {
        recipe: Recipe::open(order.repository)?,
        pr: local_pr,
        main,
    })
}

/// The clones that are fetched into: two worktrees of one clone are not at the
/// same time, as git refuses that.
static FETCHED: LazyLock<(Mutex<BTreeSet<PathBuf>>, Condvar)> = LazyLock::new(Default::default);

/// A clone that is fetched into by this process alone until it is dropped.
struct Alone(PathBuf);

fn alone(clone: PathBuf) -> Alone {
    let (fetched, is_done) = &*FETCHED;
    let fetched = fetched.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = is_done.wait_while(fetched, |fetched| fetched.contains(&clone));
    let mut fetched = waited.unwrap_or_else(PoisonError::into_inner);
    fetched.insert(clone.clone());
    Alone(clone)
}

impl Drop for Alone {
    fn drop(&mut self) {
        let (fetched, is_done) = &*FETCHED;
        let mut fetched = fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.remove(&self.0);
        is_done.notify_all();
    }
}

/// The remote's main branch: the one that it names, else one of the usual names.
fn main_branch(listed: &str) -> Option<&str> {
    let usual = ["refs/heads/main", "refs/heads/master"].into_iter();
    let mut usual = usual.filter(|name| is_listed(listed, name));
    said_main_branch(listed).or_else(|| usual.next())
}

/// The remote's main branch, as `git ls-remote --symref` tells it.
fn said_main_branch(listed: &str) -> Option<&str> {
    let names = listed.lines().filter_map(|line| {
        let name = line.strip_prefix("ref: ")?.strip_suffix("\tHEAD")?;
        name.starts_with("refs/heads/").then_some(name)
    });
    names.into_iter().next()
}

/// The full name on the remote of what a person calls a reference: as it stands,
/// or by git's rules where the remote lists it. Anything else is the clone's own.
fn remote_name(listed: &str, name: &str) -> Option<String> {
    if name.starts_with("refs/") {
        return (!name.starts_with("refs/remotes/")).then(|| name.to_owned());
    }
    let names = ["refs/", "refs/tags/", "refs/heads/"].map(|rule| format!("{rule}{name}"));
    names.into_iter().find(|name| is_listed(listed, name))
}

/// The full name of the remote's branch that a person calls so, by its name there
/// or in the clone.
fn branch(listed: &str, name: &str) -> Option<String> {
    let plain = name.strip_prefix("refs/").unwrap_or(name);
    let there = plain.strip_prefix("heads/").unwrap_or(plain);
    let tracked = plain.strip_prefix("remotes/").unwrap_or(plain);
    let names = [Some(there), tracked.strip_prefix("origin/")];
    let mut names = names
        .into_iter()
        .flatten()
        .map(|name| format!("refs/heads/{name}"));
    names.find(|name| is_listed(listed, name))
}

fn is_listed(listed: &str, name: &str) -> bool {
    let mut lines = listed.lines().filter_map(|line| line.split_once('\t'));
    lines.any(|(_, listed)| listed == name)
}

/// git's own program on one clone.
struct Git<'a> {
    order: &'a FetchOrder<'a>,
    /// The command for ssh, where the operator has none of their own.
    ssh: Option<&'static str>,
}

impl<'a> Git<'a> {
    fn new(order: &'a FetchOrder<'a>) -> Result<Self, FetchError> {
        let git = Self { order, ssh: None };
        // This says why where git does not trust the folder.
        git.ask(&["rev-parse", "--git-dir"])?;
        let is_set = |name| std::env::var_os(name).is_some();
        let has_ssh = is_set("GIT_SSH_COMMAND")
            || is_set("GIT_SSH")
            || is_success(&git.call(&["config", "core.sshCommand"])?);
        let ssh = (!has_ssh).then_some("ssh -o BatchMode=yes");
        Ok(Self { ssh, ..git })
    }

    /// git looks on where a repository is damaged: what it finds must be the one
    /// that was opened, or another one would be changed.
    fn require_the_same(&self, recipe: &Recipe) -> Result<(), FetchError> {
        let found = self.ask(&["rev-parse", "--absolute-git-dir"])?;
        let found = PathBuf::from(found.trim_end_matches(['\r', '\n']));
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if real(&found) == real(recipe.git_folder()) {
            return Ok(());
        }
        Err(FetchError::AnotherRepository {
            directory: self.order.repository.to_owned(),
            other: found,
        })
    }

    /// What git prints, where it succeeds.
    fn ask(&self, args: &[&str]) -> Result<String, FetchError> {
        let captured = self.call(args)?;
        if is_success(&captured) {
            return Ok(captured.stdout);
        }
        let (directory, why) = (self.order.repository.to_owned(), account(&captured.stderr));
        let is_missing = why.contains("couldn't find remote ref");
        let missing = self.order.pr.filter(|_| is_missing);
        Err(match missing.map(str::to_owned) {
            Some(name) => FetchError::NotThere { directory, name },
            None => FetchError::Failed { directory, why },
        })
    }

    fn call(&self, args: &[&str]) -> Result<Captured, FetchError> {
        let FetchOrder {
            repository,
            timeout,
            cancel,
            ..
        } = *self.order;
        let captured = capture(&mut self.command(args), None, timeout, cancel);
        let captured = captured.map_err(FetchError::NoGit)?;
        match captured.ended {
            Ended::Exited(_) => Ok(captured),
            Ended::TimedOut => Err(FetchError::TimedOut {
                directory: repository.to_owned(),
                limit: timeout,
            }),
            Ended::Interrupted => Err(FetchError::Interrupted(repository.to_owned())),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            if !may_pass(&name) {
                command.env_remove(name);
            }
        }
        if let Some(ssh) = self.ssh {
            command.env("GIT_SSH_COMMAND", ssh);
        }
        command
            // What git says is quoted beside English.
            .env("LC_ALL", "C")
            // An empty one goes before core.askPass.
            .env("GIT_ASKPASS", "")
            .env("SSH_ASKPASS_REQUIRE", "never")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null())
            .arg("-C")
            .arg(self.order.repository);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(args);
        command
    }
}

/// Tells whether git gets a variable of the environment.
fn may_pass(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_kept = KEPT.iter().any(|kept| name.starts_with(kept)) && name != "GIT_CONFIG_PARAMETERS";
    is_kept || !(name.starts_with("GIT_") || name == "SSH_ASKPASS")
}

fn is_success(captured: &Captured) -> bool {
    matches!(captured.ended, Ended::Exited(status) if status.success())
}

/// The beginning of what git says, on one line and without passwords.
fn account(said: &str) -> String {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines
        .take(LINES_MAX)
        .map(|line| {
            without_passwords(line)
                .chars()
                .take(LINE_LETTERS_MAX)
                .collect()
        })
        .collect();
    if lines.is_empty() {
        return "git says nothing of why".to_owned();
    }
    format!("git says: {}", lines.join(" "))
}

/// A text without the names and passwords in its addresses.
fn without_passwords(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let ends_host = |letter: char| "/'\" ".contains(letter);
        let host_end = part.find(ends_host).unwrap_or(part.len());
        let begin = part[..host_end].rfind('@').map_or(0, |at| at + 1);
        clean.push_str("://");
        clean.push_str(&part[begin..]);
    }
    clean
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::{branch, main_branch, may_pass, remote_name, without_passwords};

    #[test]
    fn no_password_of_an_address_is_quoted() {
        for (said, quoted) in [
            (
                "fatal: unable to access 'https://me:pass@host/x.git/': no",
                "fatal: unable to access 'https://host/x.git/': no",
            ),
            ("https://token@host", "https://host"),
            ("ssh://git@host:22/a@b", "ssh://host:22/a@b"),
            (
                "https://a:p@ss@host/ and http://u:p@h/",
                "https://host/ and http://h/",
            ),
            ("no address: a@b", "no address: a@b"),
            ("https://host/a@b", "https://host/a@b"),
            ("://", "://"),
        ] {
            assert_eq!(without_passwords(said), quoted);
        }
    }

    #[test]
    fn git_gets_no_variable_that_names_another_repository() {
        for (name, passes) in [
            ("GIT_DIR", false),
            ("GIT_WORK_TREE", false),
            ("GIT_INDEX_FILE", false),
            ("GIT_OBJECT_DIRECTORY", false),
            ("GIT_CONFIG_PARAMETERS", false),
            ("GIT_CONFIG", false),
            ("GIT_TRACE", false),
            ("SSH_ASKPASS", false),
            ("GIT_SSH_COMMAND", true),
            ("GIT_CONFIG_GLOBAL", true),
            ("GIT_SSL_CAINFO", true),
            ("PATH", true),
        ] {
            assert_eq!(may_pass(OsStr::new(name)), passes, "{name}");
        }
    }

    #[test]
    fn the_remotes_main_branch_is_the_one_that_its_head_names() {
        let id = "0".repeat(40);
        let listed = format!("ref: refs/heads/trunk\tHEAD\n{id}\tHEAD\n");
        assert_eq!(main_branch(&listed), Some("refs/heads/trunk"));
        assert_eq!(main_branch(&format!("{id}\tHEAD\n")), None);
        assert_eq!(main_branch("ref: refs/pull/1/head\tHEAD\n"), None);
        assert_eq!(main_branch("ref: refs/heads/x\trefs/heads/HEAD\n"), None);
        assert_eq!(main_branch(""), None);
    }

    #[test]
    fn a_main_branch_that_is_named_is_the_remotes() {
        let listed = "1\trefs/heads/main\n2\trefs/heads/x/main\n3\trefs/tags/v\n";
        for name in [
            "main",
            "heads/main",
            "refs/heads/main",
            "origin/main",
            "remotes/origin/main",
            "refs/remotes/origin/main",
        ] {
            let found = branch(listed, name);
            assert_eq!(found.as_deref(), Some("refs/heads/main"), "{name}");
        }
        for name in ["v", "refs/tags/v", "origin/v", "remotes/main", "1.0.0+1"] {
            assert_eq!(branch(listed, name), None, "{name}");
        }
    }

    #[test]
    fn a_short_name_of_a_pull_request_is_found_by_gits_rules() {
        let listed = "1\trefs/heads/x/fix\n2\trefs/heads/fix\n3\trefs/pull/4/head\n4\trefs/tags/v\n\
                      5\trefs/heads/v\n";
        let found = |name| remote_name(listed, name);
        assert_eq!(found("fix").as_deref(), Some("refs/heads/fix"));
        assert_eq!(found("pull/4/head").as_deref(), Some("refs/pull/4/head"));
        assert_eq!(found("v").as_deref(), Some("refs/tags/v"));
        assert_eq!(
            found("refs/pull/9/head").as_deref(),
            Some("refs/pull/9/head")
        );
        assert_eq!(found("origin/fix"), None);
        assert_eq!(found("refs/remotes/origin/fix"), None);
        assert_eq!(found("head"), None);
    }
}
