//! What a clone knows of its origin, from what lies in it alone: nothing is
//! fetched here.

use gix::bstr::{BString, ByteSlice};
use gix::refs::{FullName, TargetRef};

/// Where a clone keeps the branches of its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Beside its own branches, as `refs/remotes/origin/*`.
    Tracking,
    /// As its own: a bare clone.
    Heads,
    /// As its own, with all other references: a mirror.
    Mirror,
}

impl Layout {
    /// What is brought from where to where.
    pub(crate) const fn specs(self) -> &'static [&'static str] {
        match self {
            Self::Tracking => &[
                "+refs/heads/*:refs/remotes/origin/*",
                "+refs/tags/*:refs/tags/*",
            ],
            Self::Heads => &["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"],
            Self::Mirror => &["+refs/*:refs/*"],
        }
    }

    /// The reference that names the main branch.
    pub(crate) const fn head(self) -> &'static str {
        match self {
            Self::Tracking => "refs/remotes/origin/HEAD",
            Self::Heads | Self::Mirror => "HEAD",
        }
    }

    /// The name in the clone of a reference of the remote.
    pub(crate) fn local_name(self, name: &str) -> String {
        match (self, name.strip_prefix("refs/heads/")) {
            (Self::Tracking, Some(branch)) => format!("refs/remotes/origin/{branch}"),
            (Self::Tracking | Self::Heads | Self::Mirror, _) => name.to_owned(),
        }
    }
}

/// Where git fetches `origin` from: the first of its addresses, after the last
/// empty one, which takes back those before it.
pub(super) fn address(repository: &gix::Repository) -> Option<BString> {
    let config = repository.config_snapshot();
    let urls = config.plumbing().strings("remote.origin.url")?;
    urls.rsplit(|url| url.is_empty()).next()?.first().cloned()
}

/// What is reached by an address: its host, in small letters, and its path without
/// `.git`. Nothing where it is no address.
pub(super) fn identity(address: &BString) -> Option<String> {
    let url = gix::url::parse(address.as_bstr()).ok()?;
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    let path = url.path.to_str_lossy();
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let path = path.trim_end_matches('/');
    Some(if host.is_empty() {
        path.to_owned()
    } else {
        format!("{host}/{}", path.trim_start_matches('/'))
    })
}

/// The layout of a clone. A branch that is checked out in a linked worktree must
/// not move, so that a bare clone with worktrees keeps the branches beside.
pub(super) fn layout(repository: &gix::Repository) -> Layout {
    let config = repository.config_snapshot();
    let specs = config.plumbing().strings("remote.origin.fetch");
    let specs = specs.unwrap_or_default();
    let is_mirror = config.boolean("remote.origin.mirror") == Some(true)
        || specs
            .iter()
            .any(|spec| spec.trim_start_with(|c| c == '+') == b"refs/*:refs/*");
    let has_worktrees = !repository
        .worktrees()
        .is_ok_and(|worktrees| worktrees.is_empty());
    if !repository.is_bare() || has_worktrees {
        Layout::Tracking
    } else if is_mirror {
        Layout::Mirror
    } else if specs.iter().any(|spec| spec.contains_str(":refs/remotes/")) {
        Layout::Tracking
    } else {
        Layout::Heads
    }
}

/// Why a run may have been of yesterday's state: what the clone itself tells of
/// its origin contradicts what was tested. What cannot be read tells nothing.
pub(super) fn stale(repository: &gix::Repository, head: &str) -> Vec<String> {
    let behind = branch(repository, head).and_then(|branch| behind(repository, &branch));
    [lost_head(repository), behind]
        .into_iter()
        .flatten()
        .collect()
}

/// `origin/HEAD` outlives the branch that it names where the remote renames its
/// main branch.
fn lost_head(repository: &gix::Repository) -> Option<String> {
    let head = repository
        .try_find_reference("refs/remotes/origin/HEAD")
        .ok()??;
    let TargetRef::Symbolic(target) = head.target() else {
        return None;
    };
    let is_gone = repository.try_find_reference(target).ok()?.is_none();
    let name = target.shorten();
    is_gone.then(|| {
        format!(
            "origin/HEAD names {name}, which is gone; read the remote's main branch again with \
             --fetch, or with `git remote set-head origin --auto`"
        )
    })
}

/// The clone's own branch that a revision names, if it names one.
fn branch(repository: &gix::Repository, revision: &str) -> Option<FullName> {
    let name = if ["HEAD", "@"].contains(&revision) {
        repository.head_name().ok()??
    } else {
        let found = repository.try_find_reference(revision).ok()??;
        found.name().to_owned()
    };
    name.as_bstr().starts_with(b"refs/heads/").then_some(name)
}

/// Tells where the remote's branch of the same name has commits that this one
/// lacks, or is gone.
fn behind(repository: &gix::Repository, branch: &FullName) -> Option<String> {
    let name = branch.shorten();
    let tracking = format!("refs/remotes/origin/{name}");
    let own = repository.find_reference(branch).ok()?;
    let Some(theirs) = repository.try_find_reference(&tracking).ok()? else {
        let config = repository.config_snapshot();
        let merge = config.string(format!("branch.{name}.merge").as_str())?;
        let remote = config.string(format!("branch.{name}.remote").as_str())?;
        let followed = merge == branch.as_bstr() && remote == "origin";
        return followed.then(|| {
            format!(
                "the branch {name}, which was tested, follows origin/{name}, which is gone; test \
                 the remote's main branch with --fetch"
            )
        });
    };
    let own = own.into_fully_peeled_id().ok()?;
    let theirs = theirs.into_fully_peeled_id().ok()?;
    let lacking = repository.rev_walk([theirs]).with_hidden([own]).all();
    let commits = match lacking.ok()?.count() {
        0 => return None,
        1 => "1 commit".to_owned(),
        count => format!("{count} commits"),
    };
    Some(format!(
        "the branch {name}, which was tested, lacks {commits} of origin/{name}; test \
         origin/{name} instead, or bring the clone up to date with --fetch"
    ))
}

#[cfg(test)]
mod tests {
    use super::identity;

    #[test]
    fn every_way_to_a_repository_is_one_origin() {
        for address in [
            "https://git.example.org/coop/custom-html",
            "https://git.example.org/coop/custom-html.git",
            "https://git.example.org/coop/custom-html/",
            "https://robot:secret@Git.Example.org:8443/coop/custom-html.git/",
            "ssh://git@git.example.org:2222/coop/custom-html.git",
            "git@git.example.org:coop/custom-html.git",
            "git@git.example.org:/coop/custom-html",
            "git://git.example.org/coop/custom-html",
        ] {
            let origin = identity(&address.into());
            assert_eq!(
                origin.as_deref(),
                Some("git.example.org/coop/custom-html"),
                "{address}"
            );
        }
        for address in ["/srv/git/custom-html.git", "file:///srv/git/custom-html"] {
            let origin = identity(&address.into());
            assert_eq!(origin.as_deref(), Some("/srv/git/custom-html"), "{address}");
        }
        assert_eq!(identity(&"".into()), None);
    }
}
