//! Real lists of tags: runs of neighbours out of the histories of public repositories. Each file
//! holds one name of a tag a line; an empty line separates two runs.

use samever_core::{PublishedSet, PublishedVersion};

/// How many versions a question is about.
const ROW: usize = 6;

/// Six neighbouring versions of a list, the oldest first, and what stands around them.
pub(crate) struct Neighbours {
    pub(crate) row: [PublishedVersion; ROW],
    /// The names of the older tags of the run and of those that are no versions, in its order.
    pub(crate) older: Vec<String>,
    /// The names of the newer ones.
    pub(crate) newer: Vec<String>,
}

impl Neighbours {
    /// Those at a place of a list; places go round.
    pub(crate) fn at(list: &str, place: usize) -> Self {
        let runs: Vec<_> = list.trim_end().split("\n\n").collect();
        let names: Vec<_> = runs[place % runs.len()].lines().collect();
        let set = PublishedSet::from_tags(&names);
        let mut versions: Vec<_> = set.iter().cloned().collect();
        versions.sort_by(|left, right| left.version().cmp(right.version()));
        let first = place / runs.len() % (versions.len() - ROW + 1);
        let row: [_; ROW] = std::array::from_fn(|at| versions[first + at].clone());
        let is_newer = |name: &str| {
            let version = PublishedVersion::from_tag(name);
            version.is_ok_and(|published| published.version() > row[ROW - 1].version())
        };
        let names = names
            .iter()
            .filter(|name| row.iter().all(|published| published.tag() != **name));
        let (newer, older) = names
            .map(|name| (*name).to_owned())
            .partition(|name: &String| is_newer(name));
        Self { row, older, newer }
    }
}
