//! Symbolic links of the model's trees: which lead out, and which trees are not checked out for it.

use std::collections::BTreeMap;

use crate::simulate::backend::Tree;

/// The first link of a tree that leads out of it.
pub(crate) fn link_that_leads_out(tree: &Tree) -> Option<&String> {
    let links = &tree.links;
    let leads_out = |path: &&String| !follow(links, path, &mut Vec::new(), 0);
    links.keys().find(leads_out)
}

/// A tree with a link that leads out of it is not checked out, nor one with
/// a link that climbs and leads to nothing.
pub(crate) fn check_out(tree: &Tree, version_path: &str) -> Result<(), String> {
    let Tree { files, links, .. } = tree;
    let is_there = |place: &str| {
        let is_it = |path: &String| {
            let rest = path.strip_prefix(place);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        place.is_empty()
            || place == version_path
            || files.keys().any(is_it)
            || links.keys().any(is_it)
    };
    for (path, target) in links {
        let mut place = Vec::new();
        let stays = follow(links, path, &mut place, 0);
        let climbs = target.split('/').any(|part| part == "..");
        if !stays || (climbs && !is_there(&place.join("/"))) {
            return Err(format!("{path} is a symbolic link out of the tree"));
        }
    }
    Ok(())
}

/// Goes along a path from a place in a tree, and tells whether it stays inside.
fn follow<'a>(
    links: &'a BTreeMap<String, String>,
    path: &'a str,
    place: &mut Vec<&'a str>,
    depth: usize,
) -> bool {
    if path.starts_with('/') {
        return false;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if place.pop().is_none() {
                    return false;
                }
            }
            name => place.push(name),
        }
        if let Some(target) = links.get(&place.join("/")) {
            // A link is where it stands, and leads on from there.
            place.pop();
            // A circle of links leads nowhere.
            if depth < 40 && !follow(links, target, place, depth + 1) {
                return false;
            }
        }
    }
    true
}
