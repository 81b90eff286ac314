//! The set of tags is git's own, whatever was done to them, and only the tags
//! that the answer names are peeled.

use std::collections::BTreeSet;
use std::fs;

use crate::support::repositories::{Fixture, git, git_is_missing, steady};
use proptest::prelude::*;
use samever::recipe::Recipe;
use samever::simulate::TagKind;
use samever_core::CommitId;

/// All tags that the crate sees, published or ignored, each once.
fn seen(fixture: &Fixture) -> BTreeSet<String> {
    let published = Recipe::open(&fixture.directory)
        .unwrap()
        .published()
        .unwrap();
    let names = published.iter().map(samever_core::PublishedVersion::tag);
    let ignored = published.ignored().iter();
    let all: Vec<String> = names
        .chain(ignored.map(|tag| String::from_utf8(tag.name.to_vec()).unwrap()))
        .collect();
    let set: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(set.len(), all.len(), "a tag is seen twice: {all:?}");
    set
}

fn seen_by_git(fixture: &Fixture) -> BTreeSet<String> {
    let listed = fixture.git(&["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"]);
    listed.lines().map(str::to_owned).collect()
}

#[derive(Clone, Debug)]
enum Change {
    Tag(usize, bool, usize),
    Delete(usize),
    Pack,
    PackAll,
}

const NAMES: [&str; 8] = [
    "1.0.0+1",
    "v1.0.0+1",
    "1.10.0",
    "1.9.0+2",
    "latest",
    "nested/2.0.0",
    "v2.0.0-rc.1",
    "2.0.0+größer",
];

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..NAMES.len(), any::<bool>(), 0..3_usize).prop_map(|(n, a, c)| Change::Tag(n, a, c)),
        2 => (0..NAMES.len()).prop_map(Change::Delete),
        1 => Just(Change::Pack),
        1 => Just(Change::PackAll),
    ]
}

fn apply(fixture: &mut Fixture, commits: &[CommitId], change: &Change) {
    match change {
        Change::Tag(name, annotated, commit) => {
            let kind = if *annotated {
                TagKind::Annotated
            } else {
                TagKind::Lightweight
            };
            fixture
                .builder
                .tag(NAMES[*name], commits[*commit], kind)
                .unwrap();
        }
        Change::Delete(name) => {
            let name = format!("refs/tags/{}", NAMES[*name]);
            fixture.git(&["update-ref", "-d", &name]);
        }
        Change::Pack => drop(fixture.git(&["pack-refs", "--no-prune"])),
        Change::PackAll => drop(fixture.git(&["pack-refs", "--all"])),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn after_any_tagging_deleting_moving_and_packing_the_tags_are_those_of_git(
        changes in prop::collection::vec(change(), 1..16)
    ) {
        if git_is_missing() {
            return Ok(());
        }
        let mut fixture = Fixture::new();
        let commits = fixture.releases(&["0.1.0+1", "0.2.0+1", "0.3.0+1"]);
        for change in &changes {
            apply(&mut fixture, &commits, change);
            prop_assert_eq!(seen(&fixture), seen_by_git(&fixture));
        }
        let recipe = Recipe::open(&fixture.directory).unwrap();
        for published in recipe.published().unwrap().iter() {
            let tag = published.tag();
            let peeled = fixture.git(&["rev-parse", &format!("refs/tags/{tag}^{{commit}}")]);
            prop_assert_eq!(recipe.tag_commit(&tag).unwrap().to_string(), peeled.trim());
        }
    }
}

#[test]
fn every_order_of_packing_deleting_retagging_and_moving_is_seen_at_once() {
    if git_is_missing() {
        return;
    }
    let mut fixture = Fixture::new();
    let commits = fixture.releases(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    let check = |expected: &[&str]| {
        assert_eq!(seen(&fixture), seen_by_git(&fixture));
        assert_eq!(
            seen(&fixture)
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
            expected
        );
    };
    fixture.git(&["pack-refs", "--all", "--no-prune"]);
    check(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    fixture.git(&["pack-refs", "--all"]);
    check(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    fixture.git(&["tag", "-d", "1.1.0+1"]);
    check(&["1.0.0+1", "1.2.0+1"]);
    fixture.git(&["tag", "1.1.0+1", &commits[2].to_string()]);
    check(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    fixture.git(&["tag", "-f", "1.2.0+1", &commits[0].to_string()]);
    check(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    let recipe = Recipe::open(&fixture.directory).unwrap();
    assert_eq!(recipe.tag_commit("1.2.0+1").unwrap(), commits[0]);
    assert_eq!(recipe.tag_commit("1.1.0+1").unwrap(), commits[2]);
}

#[test]
fn a_loose_tag_may_be_a_symbolic_link_and_a_lock_file_is_no_tag() {
    if git_is_missing() {
        return;
    }
    let mut fixture = Fixture::new();
    fixture.releases(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    let tags = fixture.directory.join(".git/refs/tags");
    std::fs::rename(tags.join("1.1.0+1"), fixture.directory.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../../../elsewhere", tags.join("1.1.0+1")).unwrap();
    std::fs::write(tags.join("1.1.5+a.lock"), "").unwrap();
    assert_eq!(seen(&fixture), seen_by_git(&fixture));
    let plan = fixture.plan(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(plan["plan"]["version"], "1.1.0+1");
}

#[test]
fn only_the_tags_that_the_answer_names_are_peeled() {
    let mut fixture = Fixture::new();
    let commits = fixture.releases(&["1.0.0+1", "1.1.0+1", "1.2.0+1"]);
    // These tags lead nowhere, which peeling them would notice.
    for lost in ["0.9.0+1", "1.0.5+1", "7.0.0+1"] {
        let path = fixture.directory.join(".git/refs/tags").join(lost);
        std::fs::write(path, "0123456789012345678901234567890123456789\n").unwrap();
    }
    let plan = fixture.plan(&["--canonical-version", "1.2.0+1"]);
    assert_eq!(plan["plan"]["commit"], commits[1].to_string());
    assert_eq!(plan["history"]["published"], 6);

    let lost = fixture.refusal(&["--override", "1.0.5+1"]);
    assert!(lost.contains("the tag 1.0.5+1"), "{lost}");
}

#[test]
fn a_worktree_a_subfolder_a_linked_worktree_and_a_bare_clone_agree() {
    if git_is_missing() {
        return;
    }
    let mut fixture = Fixture::new();
    fixture.releases(&["1.0.0+1", "1.1.0+1"]);
    let from_worktree = fixture.plan(&["--canonical-version", "1.1.0+1"]);
    let above = fixture.directory.parent().unwrap().to_owned();
    fixture.git(&["worktree", "add", "--detach", "../linked", "1.1.0+1"]);
    fixture.git(&["clone", "--quiet", "--mirror", ".", "../bare.git"]);
    std::fs::create_dir_all(fixture.directory.join("some/folder")).unwrap();
    std::fs::create_dir_all(above.join("linked/some/folder")).unwrap();
    for other in [
        "custom-html/some/folder",
        "linked",
        "linked/some/folder",
        "bare.git",
        "bare.git/refs",
    ] {
        let repo = above.join(other);
        let args = ["--repo", repo.to_str().unwrap(), "--recipe", "custom-html"];
        let run = crate::support::repositories::samever(
            &[
                &[
                    "resolve",
                    "--canonical-version",
                    "1.1.0+1",
                    "--format",
                    "json",
                ][..],
                &args,
            ]
            .concat(),
            None,
        );
        assert_eq!(run.code, 0, "{other}: {}", run.stderr);
        let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(plan, from_worktree, "{other}");
    }
}

#[test]
fn the_head_is_read_from_its_commit_never_from_what_lies_on_disk() {
    if git_is_missing() {
        return;
    }
    let mut fixture = Fixture::new();
    fixture.releases(&["1.0.0+1", "1.1.0+1"]);
    std::fs::write(fixture.directory.join("compose.yml"), "not: [yaml").unwrap();
    assert_eq!(fixture.plan(&[])["head"]["version"], "1.1.0+1");
    assert_eq!(
        fixture.plan(&["--head", "HEAD~1"])["head"]["version"],
        "1.0.0+1"
    );
    assert_eq!(
        fixture.plan(&["--head", "1.0.0+1"])["head"]["version"],
        "1.0.0+1"
    );
    let commit = fixture.git(&["rev-parse", "--short=10", "1.0.0+1^{}"]);
    assert_eq!(
        fixture.plan(&["--head", commit.trim()])["head"]["version"],
        "1.0.0+1"
    );
}

#[test]
fn the_main_tip_is_the_first_that_exists_and_the_plan_says_which() {
    if git_is_missing() {
        return;
    }
    let mut fixture = Fixture::new();
    let commits = fixture.releases(&["1.0.0+1", "1.1.0+1", "1.2.0+1", "1.3.0+1"]);
    let head = fixture
        .builder
        .release(Some(commits[3]), "2.0.0+1")
        .unwrap();
    fixture.builder.reference("refs/pull/1/head", head).unwrap();
    fixture.git(&["update-ref", "-d", "refs/heads/main"]);
    // A tag must not pass for a branch.
    fixture
        .builder
        .tag("main", commits[3], TagKind::Lightweight)
        .unwrap();
    let args = ["--head", "refs/pull/1/head"];
    let refusal = fixture.refusal(&args);
    assert!(refusal.contains("name it with --main"), "{refusal}");

    let steps = [
        ("refs/heads/master", "master", 0),
        ("refs/heads/main", "main", 1),
        ("refs/remotes/origin/master", "origin/master", 2),
        ("refs/remotes/origin/main", "origin/main", 3),
    ];
    for (reference, name, commit) in steps {
        fixture
            .builder
            .reference(reference, commits[commit])
            .unwrap();
        let plan = fixture.plan(&args);
        assert_eq!(
            plan["plan"]["commit"],
            commits[commit].to_string(),
            "{name}"
        );
        assert!(
            plan["reason"]
                .as_str()
                .unwrap()
                .contains(&format!("the main tip ({name})"))
        );
    }
    fixture.git(&[
        "symbolic-ref",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/gone",
    ]);
    assert_eq!(
        fixture.plan(&args)["plan"]["commit"],
        commits[3].to_string(),
        "a dangling one"
    );
    fixture.git(&[
        "symbolic-ref",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/master",
    ]);
    let plan = fixture.plan(&args);
    assert_eq!(plan["plan"]["commit"], commits[2].to_string());
    assert!(plan["reason"].as_str().unwrap().contains("(origin/HEAD)"));

    let plan = fixture.plan(&["--head", "refs/pull/1/head", "--main", "1.0.0+1"]);
    assert_eq!(plan["plan"]["commit"], commits[0].to_string());
    assert!(plan["reason"].as_str().unwrap().contains("(1.0.0+1)"));
}

/// `packed-refs` as other programs and accidents left it, after public reports:
/// libgit2 #85, #1193 and #1262, `GitTools` #45, publishing-bot #438, Squot #209,
/// nak #204, git-repo-info #17.
#[test]
fn packed_refs_of_other_programs_are_read_or_refused_as_by_git() {
    if git_is_missing() {
        return;
    }
    let (fixture, commits) = steady();
    let packed = fixture.directory.join(".git/packed-refs");
    let id = commits[2].to_string();
    let upper = id.to_uppercase();
    let tag = |name: &str| format!("{id} refs/tags/{name}\n");
    let header = "# pack-refs with: peeled fully-peeled sorted \n";
    let (old, new) = (tag("0.1.0+1"), tag("0.2.0+1"));
    let (mut read, mut refused) = (0, 0);
    for content in [
        String::new(),
        header.to_owned(),
        format!("{old}{new}"),
        format!("# pack-refs with: peeled \n{old}^{id}\n{new}"),
        format!("# another comment\n{old}"),
        format!("{header}{}{}", tag("20260817"), tag("abcdef1")),
        format!("{header}{new}{old}"),
        format!("{header}{upper} refs/tags/0.1.0+1\n"),
        format!("{header}{old}^{id}"),
        format!("{header}{old}{id} refs/tags/0.2.0+1"),
        format!("{header}{old}^{id}\n^{id}\n"),
        format!("{header}^{id}\n{old}"),
        format!("{header}{old}\n{new}"),
        format!("{header}{id} \n"),
        format!("{header}<html>404</html>\n"),
        format!("{header} {old}"),
        format!("{header}{}{}", &id[..24], old),
        format!("{header}{} refs/tags/0.1.0+1\n", &id[..39]),
        format!("{header}{}g refs/tags/0.1.0+1\n", &id[..39]),
        format!("{header}{id}refs/tags/0.1.0+1\n"),
    ] {
        fs::write(&packed, &content).unwrap();
        let listed = git(&fixture.directory, &["for-each-ref", "--format=%(refname)"]);
        let ours = Recipe::open(&fixture.directory).and_then(|recipe| recipe.published());
        if listed.status.success() {
            assert_eq!(seen(&fixture), seen_by_git(&fixture), "{content:?}");
            read += 1;
        } else {
            assert!(ours.is_err(), "git refuses {content:?}: {listed:?}");
            refused += 1;
        }
    }
    assert!(
        read > 5 && refused > 5,
        "{read} are read, {refused} refused"
    );
}
