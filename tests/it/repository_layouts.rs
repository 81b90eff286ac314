//! A repository of every layout on which tiers are put on trial is sound to git's own program, and
//! samever reads from it what git reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::folder::text;
use crate::support::repositories::{git, git_is_missing};
use samever::internals::{LAYOUTS, RepositoryLayout};
use samever::recipe::Recipe;
use samever::simulate::{RepositoryBuilder, TagKind};
use samever_core::{CommitId, PublishedVersion};
use tempfile::TempDir;

/// A repository in which tags were made, moved and deleted, and main has moved.
struct Lived {
    directory: PathBuf,
    commits: Vec<CommitId>,
    _folder: TempDir,
}

fn lived(layout: RepositoryLayout) -> Lived {
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("recipe.git");
    let mut builder = RepositoryBuilder::laid_out(&directory, layout).unwrap();
    let mut commits: Vec<CommitId> = Vec::new();
    for version in ["1.0.0+1", "1.1.0+1", "1.2.0+1", "1.3.0+1", "2.0.0+1"] {
        let parent = commits.last().copied();
        commits.push(builder.release(parent, version).unwrap());
    }
    let tag = |name, commit: usize, kind| (name, commits[commit], kind);
    let tags = [
        tag("1.0.0+1", 0, TagKind::Annotated),
        tag("1.1.0+1", 1, TagKind::Annotated),
        tag("v1.2.0+1", 2, TagKind::Lightweight),
        tag("latest", 3, TagKind::Lightweight),
        tag("1.3.0+1", 3, TagKind::Annotated),
    ];
    builder.tags(&tags).unwrap();
    builder.reference("refs/heads/main", commits[3]).unwrap();
    let moved = [tag("1.1.0+1", 2, TagKind::Annotated)];
    builder.tags(&moved).unwrap();
    let late = [tag("2.0.0+1", 4, TagKind::Annotated)];
    builder.tags(&late).unwrap();
    builder.delete_tag("1.0.0+1").unwrap();
    builder.reference("refs/heads/main", commits[4]).unwrap();
    builder.reference("refs/pull/1/head", commits[1]).unwrap();
    Lived {
        directory,
        commits,
        _folder: folder,
    }
}

/// What git's own program says, less the white space around it.
#[track_caller]
fn says(directory: &Path, args: &[&str]) -> String {
    let output = git(directory, args);
    let why = text(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {why}");
    text(&output.stdout).trim().to_owned()
}

/// The tags and the commits that they lead to, as git reads them.
fn tags_of_git(directory: &Path) -> BTreeMap<String, String> {
    let names = says(
        directory,
        &["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"],
    );
    let commit = |name: &str| {
        says(
            directory,
            &["rev-parse", &format!("refs/tags/{name}^{{commit}}")],
        )
    };
    let tags = names.lines().map(|name| (name.to_owned(), commit(name)));
    tags.collect()
}

/// The same, as samever reads them.
fn tags_of_samever(recipe: &Recipe) -> BTreeMap<String, String> {
    let published = recipe.published().unwrap();
    let ignored = published.ignored().iter();
    let ignored = ignored.map(|tag| String::from_utf8(tag.name.to_vec()).unwrap());
    let names = published.iter().map(PublishedVersion::tag).chain(ignored);
    let tags = names.map(|name| {
        let commit = recipe.tag_commit(&name).unwrap();
        (name, commit.to_string())
    });
    tags.collect()
}

#[test]
fn of_every_layout_samever_reads_what_git_reads_and_git_finds_nothing_wrong() {
    if git_is_missing() {
        return;
    }
    for layout in LAYOUTS {
        let lived = lived(layout);
        let (directory, name) = (&lived.directory, layout.name);
        says(directory, &["fsck", "--full", "--strict"]);
        let recipe = Recipe::open(directory).unwrap();
        let tags = tags_of_git(directory);
        assert_eq!(tags_of_samever(&recipe), tags, "{name}");
        assert_eq!(tags["1.1.0+1"], lived.commits[2].to_string(), "{name}");
        assert_eq!(tags.len(), 5, "{name}: {tags:?}");
        for revision in ["HEAD", "refs/heads/main", "refs/pull/1/head", "v1.2.0+1"] {
            let by_git = says(directory, &["rev-parse", &format!("{revision}^{{commit}}")]);
            let commit = recipe.commit("--head", revision).unwrap();
            assert_eq!(commit.to_string(), by_git, "{name}: {revision}");
        }
        let remote = says(directory, &["for-each-ref", "refs/remotes/origin/HEAD"]);
        let main = if remote.is_empty() {
            "refs/heads/main"
        } else {
            "refs/remotes/origin/HEAD"
        };
        let (_, tip) = recipe.main_tip().unwrap().unwrap();
        assert_eq!(
            tip.to_string(),
            says(directory, &["rev-parse", main]),
            "{name}"
        );
        assert_eq!(tip, lived.commits[4], "{name}");
        let shallow = says(directory, &["rev-parse", "--is-shallow-repository"]);
        assert_eq!(recipe.is_shallow().unwrap().to_string(), shallow, "{name}");
        assert_eq!(layout.is_shallow.to_string(), shallow, "{name}");
        let written = directory.with_file_name("written");
        let tree = recipe.check_out(lived.commits[0], &written).unwrap();
        let by_git = format!("{}^{{tree}}", lived.commits[0]);
        assert_eq!(
            tree.to_string(),
            says(directory, &["rev-parse", &by_git]),
            "{name}"
        );
    }
}

/// What git's own program sees of each layout that it does not see of the others.
#[test]
fn every_layout_is_what_its_name_says() {
    if git_is_missing() {
        return;
    }
    let marks = |lived: &Lived| {
        let directory = &lived.directory;
        let folder = says(
            directory,
            &["rev-parse", "--path-format=absolute", "--git-common-dir"],
        );
        let folder = PathBuf::from(folder);
        let packed = std::fs::read_to_string(folder.join("packed-refs")).unwrap_or_default();
        let stale = format!("{} refs/tags/1.3.0+1\n", lived.commits[0]);
        let tag = says(directory, &["cat-file", "-p", "refs/tags/latest"]);
        let tagged = says(directory, &["cat-file", "-p", "refs/tags/1.1.0+1"]);
        let is_bare = says(directory, &["rev-parse", "--is-bare-repository"]) == "true";
        let head = says(directory, &["symbolic-ref", "HEAD"]);
        let counted = says(directory, &["count-objects", "-v"]);
        let is_of = |mark: &'static str, holds: bool| holds.then_some(mark);
        [
            is_of("packed", packed.contains("\n^") && packed.contains(&stale)),
            is_of(
                "tags of tags",
                tag.contains("type tag") || tagged.contains("type tag"),
            ),
            is_of("worktree", !is_bare),
            is_of(
                "linked",
                folder != directory.join(".git") && folder != *directory,
            ),
            is_of("borrows", counted.contains("alternate:")),
            is_of("on another branch", head != "refs/heads/main"),
            is_of(
                "trunk",
                git(directory, &["symbolic-ref", "refs/remotes/origin/HEAD"])
                    .status
                    .success(),
            ),
            is_of("shallow", folder.join("shallow").is_file()),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
    };
    let marks: Vec<_> = LAYOUTS
        .iter()
        .map(|layout| (layout.name, marks(&lived(*layout))))
        .collect();
    let expected: [(&str, &[&str]); 8] = [
        ("bare, loose tags", &[]),
        ("packed and loose tags", &["packed"]),
        ("tags of tags", &["tags of tags"]),
        (
            "worktree on another branch",
            &["worktree", "on another branch"],
        ),
        (
            "linked worktree",
            &["worktree", "linked", "on another branch"],
        ),
        ("borrowed objects", &["borrows"]),
        ("symbolic main branch", &["on another branch", "trunk"]),
        ("shallow", &["shallow"]),
    ];
    let expected: Vec<_> = expected.map(|(name, marks)| (name, marks.to_vec())).into();
    assert_eq!(marks, expected);
}

#[test]
fn the_commits_of_a_history_have_the_same_ids_in_every_layout() {
    let ids: BTreeSet<_> = LAYOUTS
        .iter()
        .map(|layout| lived(*layout).commits)
        .collect();
    assert_eq!(ids.len(), 1);
}
