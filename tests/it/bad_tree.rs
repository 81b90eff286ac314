//! Trees checked out: as git would write them, and nothing that means harm.

use std::fs;

use crate::support::repositories::{git_is_missing, says, steady};
use samever::recipe::{Recipe, TreeId};
use samever::simulate::{RepositoryBuilder, TagKind};
use samever_core::CommitId;
use tempfile::TempDir;

/// A repository whose only commit holds these files and links.
fn tree_of(files: &[(&str, &[u8])], links: &[(&str, &str)]) -> (TempDir, Recipe, CommitId) {
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("recipe");
    let mut builder = RepositoryBuilder::init(&directory, true).unwrap();
    let commit = builder.commit_with_links(None, files, links).unwrap();
    builder.tag("1.0.0", commit, TagKind::Lightweight).unwrap();
    (folder, Recipe::open(&directory).unwrap(), commit)
}

#[test]
fn a_tree_is_written_as_git_would_write_it() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let directory = &fixture.directory;
    fixture.git(&["reset", "--quiet", "--hard"]);
    fs::create_dir_all(directory.join("a/b")).unwrap();
    fs::write(directory.join("a/b/crlf.txt"), "x\r\ny\r\n").unwrap();
    fs::write(directory.join("a.txt"), [0, 159, 146, 150]).unwrap();
    fs::write(
        directory.join(".gitattributes"),
        "* text=auto eol=crlf ident\n",
    )
    .unwrap();
    fs::write(directory.join("größe $Id$"), "").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::write(directory.join("run.sh"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(directory.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("b/crlf.txt", directory.join("a/link")).unwrap();
    }
    fixture.git(&["-c", "core.autocrlf=false", "add", "--all"]);
    fixture.git(&["commit", "--quiet", "-m", "files"]);
    fixture.git(&["gc", "--quiet"]);
    let recipe = Recipe::open(directory).unwrap();
    let head = recipe.commit("--head", "HEAD").unwrap();
    let out = at("out");
    let tree = recipe.check_out(head, &out).unwrap();
    let expected = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    assert_eq!(tree.to_string(), expected.trim());
    assert_eq!(TreeId::of_folder(&out).unwrap(), tree);
    fs::write(out.join("a.txt"), "changed").unwrap();
    assert_ne!(TreeId::of_folder(&out).unwrap(), tree);
}

#[test]
fn a_clone_that_borrows_its_objects_is_checked_out() {
    if git_is_missing() {
        return;
    }
    let (fixture, releases) = steady();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let clone = at("clone");
    let (from, to) = (fixture.directory.to_str().unwrap(), clone.to_str().unwrap());
    fixture.git(&["clone", "--quiet", "--shared", from, to]);
    let recipe = Recipe::open(&clone).unwrap();
    recipe.check_out(releases[0], &at("out")).unwrap();
    assert!(at("out/compose.yml").is_file());
}

#[cfg(unix)]
#[test]
fn links_that_stay_are_made_and_links_that_leave_are_refused() {
    let file: (&str, &[u8]) = ("sub/file", b"x");
    let outside = tempfile::NamedTempFile::new().unwrap();
    let outside = outside.path().to_str().unwrap();
    for (links, refused) in [
        (vec![("a", "sub/file")], None),
        (vec![("sub/a", "../sub/file")], None),
        (vec![("a", "nowhere"), ("loop", "loop")], None),
        (vec![("a", "sub"), ("b", "a/file")], None),
        (vec![("a", outside)], Some("a")),
        (vec![("a", "../outside")], Some("a")),
        (vec![("a", "..")], Some("a")),
        (vec![("sub/a", "../../outside")], Some("sub/a")),
        (vec![("here", "."), ("b", "here/here/..")], Some("b")),
        (
            vec![("deep", "sub"), ("b", "deep/../../outside")],
            Some("b"),
        ),
    ] {
        let (folder, recipe, commit) = tree_of(&[file], &links);
        let out = folder.path().join("out");
        fs::write(folder.path().join("outside"), "x").unwrap();
        let outcome = recipe.check_out(commit, &out);
        match refused {
            None => assert_eq!(TreeId::of_folder(&out).unwrap(), outcome.unwrap()),
            Some(path) => says(
                &outcome.unwrap_err().to_string(),
                &[
                    "cannot be deployed",
                    &format!(": {path} is a symbolic link out of the tree"),
                ],
            ),
        }
    }
}

#[test]
fn names_that_are_dangerous_are_refused_whatever_wrote_them() {
    if git_is_missing() {
        return;
    }
    let (fixture, _) = steady();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let blob = fixture.git(&["rev-parse", "HEAD:compose.yml"]);
    let blob = blob.trim();
    let hash = |kind: &str, content: &[u8]| {
        let file = at("object");
        fs::write(&file, content).unwrap();
        let file = file.to_str().unwrap();
        let args = ["hash-object", "-w", "--literally", "-t", kind, file];
        fixture.git(&args).trim().to_owned()
    };
    let raw: Vec<u8> = (0..40)
        .step_by(2)
        .map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap())
        .collect();
    let entry = |mode: &str, name: &[u8]| [mode.as_bytes(), b" ", name, b"\0", &raw].concat();
    for (entries, message) in [
        (vec![entry("100644", b"..")], "has a dangerous name"),
        (vec![entry("100644", b".git")], "has a dangerous name"),
        (vec![entry("40000", b".GIT")], "has a dangerous name"),
        (vec![entry("100644", b"git~1")], "has a dangerous name"),
        (
            vec![entry("100644", b"../../outside")],
            "has a dangerous name",
        ),
        (
            vec![entry("100644", b"/etc/outside")],
            "has a dangerous name",
        ),
        (
            vec![entry("120000", b".gitmodules")],
            "has a dangerous name",
        ),
        (
            vec![entry("100644", b"A"), entry("100644", b"a")],
            "differs from its neighbour in upper and lower case only",
        ),
        (vec![entry("160000", b"sub")], "is a submodule"),
        (
            vec![entry("100644", &[b'x'; 5000])],
            "has a name or a path that is too long",
        ),
    ] {
        let tree = hash("tree", &entries.concat());
        let commit = fixture.git(&["commit-tree", "-m", "hostile", &tree]);
        let recipe = Recipe::open(&fixture.directory).unwrap();
        let out = at("out");
        let error = recipe
            .check_out(commit.trim().parse().unwrap(), &out)
            .unwrap_err();
        assert!(error.to_string().contains(message), "{message}: {error}");
        assert!(!at("outside").exists());
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn a_folder_that_exists_is_never_written_into() {
    let (folder, recipe, commit) = tree_of(&[("compose.yml", b"x")], &[]);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let error = recipe.check_out(commit, &out).unwrap_err().to_string();
    says(&error, &["out cannot be written: File exists"]);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_link_that_climbs_to_nothing_is_refused_as_that() {
    let (folder, recipe, commit) = tree_of(&[("compose.yml", b"x")], &[("a", "b/../../nowhere")]);
    let out = folder.path().join("out");
    let error = recipe.check_out(commit, &out).unwrap_err().to_string();
    says(
        &error,
        &["a is a symbolic link out of the tree, or by way of .. to nothing"],
    );
}
