//! What a repository can be on disk, as data: each layout with the fault of a reader that it is
//! there for. A further layout is one row here.

/// Where the references and objects of a repository are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// In the folder itself.
    Bare,
    /// In its `.git`.
    Worktree,
    /// In the `.git` of a worktree beside it, to which this one is linked.
    LinkedWorktree,
}

/// What a repository is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that a repository can be"
)]
pub struct RepositoryLayout {
    /// Its name.
    pub name: &'static str,
    /// The fault that it is there for.
    pub fault: &'static str,
    pub(crate) home: Home,
    /// Whether references are packed when they are made. The last tag of several is loose, beside a
    /// stale packed one of its name, and so is whatever moves.
    pub(crate) is_packed: bool,
    /// Whether tags take turns: a tag of a tag, a reference to the commit itself, and what is asked
    /// for.
    pub(crate) tags_take_turns: bool,
    /// Whether its first objects are in another repository.
    pub(crate) borrows: bool,
    /// Whether its HEAD names another branch than main, which leads to the first commit.
    pub(crate) has_stale_head: bool,
    /// Whether its origin's main branch is `trunk`, which `origin/HEAD` names, and `origin/main` leads to
    /// the first commit.
    pub(crate) has_trunk: bool,
    /// Whether it says of each commit that those before it may be missing.
    pub is_shallow: bool,
}

impl RepositoryLayout {
    /// A bare repository with nothing special about it.
    pub(crate) const BARE: Self = Self {
        name: "bare, loose tags",
        fault: "the plain case is wrong",
        home: Home::Bare,
        is_packed: false,
        tags_take_turns: false,
        borrows: false,
        has_stale_head: false,
        has_trunk: false,
        is_shallow: false,
    };

    /// A worktree with nothing special about it, on its main branch.
    pub(crate) const WORKTREE: Self = Self {
        name: "worktree on main",
        home: Home::Worktree,
        ..Self::BARE
    };
}

/// Those on which tiers are put on trial.
pub const LAYOUTS: [RepositoryLayout; 8] = [
    RepositoryLayout::BARE,
    RepositoryLayout {
        name: "packed and loose tags",
        fault: "packed tags are not seen beside loose ones, or count more than the loose one of their name",
        is_packed: true,
        ..RepositoryLayout::BARE
    },
    RepositoryLayout {
        name: "tags of tags",
        fault: "a tag is taken for its commit, or followed one step alone",
        tags_take_turns: true,
        ..RepositoryLayout::BARE
    },
    RepositoryLayout {
        name: "worktree on another branch",
        fault: "what is checked out is taken for the main branch",
        home: Home::Worktree,
        has_stale_head: true,
        ..RepositoryLayout::BARE
    },
    RepositoryLayout {
        name: "linked worktree",
        fault: "references are looked for in the linked worktree's own folder",
        home: Home::LinkedWorktree,
        has_stale_head: true,
        ..RepositoryLayout::BARE
    },
    RepositoryLayout {
        name: "borrowed objects",
        fault: "objects are looked for in the repository alone",
        borrows: true,
        ..RepositoryLayout::BARE
    },
    RepositoryLayout {
        name: "symbolic main branch",
        fault: "origin/HEAD is not followed to the branch that it names",
        has_stale_head: true,
        has_trunk: true,
        ..RepositoryLayout::BARE
    },
    RepositoryLayout {
        name: "shallow",
        fault: "a tag that may be missing is taken for one that was never made",
        is_shallow: true,
        ..RepositoryLayout::BARE
    },
];
