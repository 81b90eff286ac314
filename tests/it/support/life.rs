//! The life of a recipe: a remote, a clone, a state, and nights with misfortunes. What ran is known
//! from the deploy program itself, which notes a mark of the tree that it was given.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use samever::simulate::TagKind;
use samever_core::CommitId;

use super::folder::{text, write_program};
use super::remote::Remote;

/// What happens before a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Quiet,
    Release,
    /// A commit past the newest tag.
    Docs,
    /// A commit that removes the version label and changes nothing else.
    LabelLost,
    /// A release of which the tree has no label.
    UnlabelledRelease,
    /// The newest tag leads to another tree.
    TagMoved,
    TagWithdrawn,
    StateLost,
}

/// What the deploy program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Honest,
    /// It ends well, and has done nothing.
    Nothing,
    /// It says that another version runs.
    Lies,
    DiesAtBase,
    DiesAtHead,
    /// It ends samever at once.
    Kills,
    /// There is none: files alone.
    Tree,
}

/// The command of the night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Nightly,
    Upgrade,
}

/// What is done with the clone before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clone {
    Fetched,
    Stale,
    Shallow,
}

/// One night as it is planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) event: Event,
    pub(crate) program: Program,
    pub(crate) way: Way,
    pub(crate) clone: Clone,
}

/// A tree: its mark, and the patch of its label `1.PATCH.0+1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) mark: u32,
    pub(crate) label: Option<u32>,
    pub(crate) commit: CommitId,
}

/// A repository as it was made: its tags by their versions, and the tip of its main branch.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) tags: BTreeMap<u32, Tree>,
    pub(crate) main: Tree,
}

impl Known {
    /// The newest published version, with its tree.
    pub(crate) fn newest(&self) -> Option<(u32, Tree)> {
        let newest = self.tags.last_key_value();
        newest.map(|(patch, tree)| (*patch, *tree))
    }

    /// The published versions whose trees say so.
    pub(crate) fn labelled(&self) -> impl Iterator<Item = (u32, Tree)> {
        let tags = self.tags.iter().map(|(patch, tree)| (*patch, *tree));
        tags.filter(|(patch, tree)| tree.label == Some(*patch))
    }
}

/// What is on record: the version, and the commit.
pub(crate) type Record = Option<(u32, String)>;

/// What an operator sees of a night.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The exit code; nothing where it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) txt: String,
    pub(crate) json: String,
    pub(crate) xml: String,
    pub(crate) record: Record,
}

/// One night as it was.
#[derive(Clone, Debug)]
pub(crate) struct Night {
    pub(crate) plan: Plan,
    /// What the clone knows at the time of the run.
    pub(crate) known: Known,
    /// What `upgrade` tests.
    pub(crate) head: Tree,
    /// What the remote has published, and the clone may not know.
    pub(crate) published: Known,
    pub(crate) had_state: bool,
    pub(crate) record: Record,
    /// What the deploy program was given: the side, and the mark of the tree.
    pub(crate) ran: Vec<(String, u32)>,
    pub(crate) seen: Seen,
}

const DEPLOY: &str = r#"test "$SAMEVER_STEP" = deploy || exit 0
case "$(cat does)-$SAMEVER_STAGE" in
Nothing-*) exit 0 ;;
DiesAtBase-base | DiesAtHead-head) exit 1 ;;
Kills-*) kill -9 $PPID; exit 1 ;;
Lies-*) echo 9.9.9+9 > "$SAMEVER_DEPLOYED_VERSION"; exit 0 ;;
esac
echo "$SAMEVER_STAGE $(cat "$SAMEVER_TREE/mark")" >> ran
sed -n 's/.*version=\([^"]*\).*/\1/p' "$SAMEVER_TREE/compose.yml" > version
test ! -s version || cp version "$SAMEVER_DEPLOYED_VERSION""#;

/// A life as it goes on.
pub(crate) struct Life {
    remote: Remote,
    clone: PathBuf,
    at_remote: Known,
    in_clone: Known,
    /// The branch that is checked out in the clone, which no fetch moves.
    checked_out: Tree,
    marks: u32,
    patches: u32,
}

pub(crate) fn version(patch: u32) -> String {
    format!("1.{patch}.0+1")
}

impl Life {
    pub(crate) fn new() -> Self {
        let mut remote = Remote::empty();
        let mut tags = BTreeMap::new();
        let mut parent = None;
        for patch in 0..3 {
            let tree = commit(&mut remote, parent, patch, Some(patch));
            tag(&mut remote, patch, &tree);
            tags.insert(patch, tree);
            parent = Some(tree);
        }
        let main = parent.unwrap();
        let builder = &mut remote.fixture.builder;
        builder.reference("refs/heads/main", main.commit).unwrap();
        let known = Known { tags, main };
        let clone = remote.clone("custom-html", &[]);
        write_program(&remote.path("deploy.sh"), DEPLOY);
        fs::create_dir(remote.path("tmp")).unwrap();
        Self {
            remote,
            clone,
            at_remote: known.clone(),
            in_clone: known,
            checked_out: main,
            marks: 2,
            patches: 2,
        }
    }

    fn happens(&mut self, event: Event) {
        let newest = self.at_remote.tags.last_key_value();
        let newest = newest.map(|(patch, _)| *patch);
        match event {
            Event::Quiet => {}
            Event::Release | Event::UnlabelledRelease => {
                self.patches += 1;
                let label = (event == Event::Release).then_some(self.patches);
                let tree = self.commit_new(label);
                tag(&mut self.remote, self.patches, &tree);
                self.at_remote.tags.insert(self.patches, tree);
            }
            Event::Docs => drop(self.commit_new(self.at_remote.main.label)),
            Event::LabelLost => drop(self.commit(self.at_remote.main.mark, None)),
            Event::TagMoved => {
                if let Some(patch) = newest {
                    let tree = self.commit_new(Some(patch));
                    tag(&mut self.remote, patch, &tree);
                    self.at_remote.tags.insert(patch, tree);
                }
            }
            Event::TagWithdrawn => {
                if let Some(patch) = newest {
                    self.remote.fixture.git(&["tag", "-d", &version(patch)]);
                    self.at_remote.tags.remove(&patch);
                }
            }
            Event::StateLost => drop(fs::remove_dir_all(self.remote.path("state"))),
        }
    }

    /// Commits a tree of a new mark to the main branch.
    fn commit_new(&mut self, label: Option<u32>) -> Tree {
        self.marks += 1;
        self.commit(self.marks, label)
    }

    fn commit(&mut self, mark: u32, label: Option<u32>) -> Tree {
        let parent = Some(self.at_remote.main);
        let tree = commit(&mut self.remote, parent, mark, label);
        let builder = &mut self.remote.fixture.builder;
        builder.reference("refs/heads/main", tree.commit).unwrap();
        self.at_remote.main = tree;
        tree
    }

    fn record(&self) -> Record {
        let file = self.remote.path("state/canonical/custom-html.json");
        let record: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(file).ok()?).unwrap();
        let version = record["version"].as_str().unwrap();
        let patch = version.split('.').nth(1).unwrap().parse().unwrap();
        let commit = record["commit"].as_str().unwrap_or_default().to_owned();
        Some((patch, commit))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.remote.path(name)).unwrap_or_default()
    }

    pub(crate) fn night(&mut self, plan: Plan) -> Night {
        let Plan {
            event,
            program,
            way,
            clone,
        } = plan;
        // A state that was lost is made again, a night later.
        let makes_state = event != Event::StateLost && !self.remote.path("state").exists();
        self.happens(event);
        match clone {
            Clone::Fetched => self.in_clone = self.at_remote.clone(),
            Clone::Stale => {}
            Clone::Shallow => {
                fs::remove_dir_all(&self.clone).unwrap();
                self.remote.clone("custom-html", &["--depth", "1"]);
                self.in_clone = self.at_remote.clone();
                let main = self.in_clone.main;
                self.in_clone
                    .tags
                    .retain(|_, tree| tree.commit == main.commit);
                self.checked_out = main;
            }
        }
        let (had_state, record) = (self.remote.path("state").exists(), self.record());
        fs::write(self.remote.path("does"), format!("{program:?}")).unwrap();
        fs::write(self.remote.path("ran"), "").unwrap();
        let mut args = match way {
            Way::Nightly => vec!["nightly", "--catalogue", "catalogue"],
            Way::Upgrade => vec!["upgrade", "--enrolled", "--repo", "catalogue/custom-html"],
        };
        args.extend(["--state", "state", "--report", "t.txt", "t.json", "t.xml"]);
        args.extend(if program == Program::Tree {
            &["--deployer", "tree"][..]
        } else {
            &["--deploy", "./deploy.sh", "--teardown", "./deploy.sh"]
        });
        args.extend((clone == Clone::Fetched).then_some("--fetch"));
        args.extend(makes_state.then_some("--init-state"));
        let mut command = self.remote.samever(&args);
        command.env("TMPDIR", self.remote.path("tmp"));
        let output = command.output().unwrap();
        let ran = self.read("ran");
        let ran = ran.lines().map(|line| {
            let (side, mark) = line.split_once(' ').unwrap();
            (side.to_owned(), mark.parse().unwrap())
        });
        Night {
            plan,
            known: self.in_clone.clone(),
            head: match clone {
                Clone::Fetched => self.in_clone.main,
                Clone::Stale | Clone::Shallow => self.checked_out,
            },
            published: self.at_remote.clone(),
            had_state: had_state || makes_state,
            record,
            ran: ran.collect(),
            seen: Seen {
                code: output.status.code(),
                stdout: text(&output.stdout),
                txt: self.read("t.txt"),
                json: self.read("t.json"),
                xml: self.read("t.xml"),
                record: self.record(),
            },
        }
    }
}

fn commit(remote: &mut Remote, parent: Option<Tree>, mark: u32, label: Option<u32>) -> Tree {
    let labels = label.map_or_else(String::new, |patch| {
        let label = format!("coop-cloud.${{STACK_NAME}}.version={}", version(patch));
        format!("    deploy:\n      labels:\n        - \"{label}\"\n")
    });
    let compose = format!("services:\n  app:\n    image: example\n{labels}");
    let mark_text = mark.to_string();
    let files = [
        ("compose.yml", compose.as_bytes()),
        ("mark", mark_text.as_bytes()),
    ];
    let parent = parent.map(|tree| tree.commit);
    let commit = remote.fixture.builder.commit(parent, &files).unwrap();
    Tree {
        mark,
        label,
        commit,
    }
}

fn tag(remote: &mut Remote, patch: u32, tree: &Tree) {
    let builder = &mut remote.fixture.builder;
    let kind = TagKind::Annotated;
    builder.tag(&version(patch), tree.commit, kind).unwrap();
}
