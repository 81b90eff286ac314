//! The arrows between files: no circle of files, and no inherent `impl` away
//! from its type, which would hide an arrow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::tidy::{code, files, root};

/// A path in code, such as `crate::verify::world::World`, in its segments.
type Path = Vec<String>;

/// What a file takes from others and offers to them.
#[derive(Default)]
struct File {
    /// What it imports or names; not what it only passes on.
    takes: Vec<Path>,
    /// The names that it passes on, and from where.
    passes_on: BTreeMap<String, Path>,
    /// The types that it defines.
    types: BTreeSet<String>,
    /// The types of its inherent `impl`s.
    impls: BTreeSet<String>,
}

/// All files of the package by their modules, such as `["verify", "world"]`.
fn house() -> BTreeMap<Path, (PathBuf, File)> {
    let source = root().join("src");
    let mut house = BTreeMap::new();
    for path in files(&source, ".rs") {
        let inside = path.strip_prefix(&source).unwrap().with_extension("");
        let mut module: Path = inside
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        if ["mod", "lib", "main"].contains(&module.last().unwrap().as_str()) {
            module.pop();
        }
        if !path.ends_with("main.rs") {
            let file = read(&module, &code(&path));
            house.insert(module, (path, file));
        }
    }
    house
}

fn read(module: &Path, code: &str) -> File {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut file = File::default();
    let mut rest = String::new();
    let mut begin = 0;
    while let Some(at) = next_use(&code, begin) {
        let end = code[at..].find(';').map_or(code.len(), |end| at + end);
        let start = code[..at].rfind('\n').map_or(0, |line| line + 1);
        rest.push_str(&code[begin..start]);
        let passes_on = code[start..at].trim_start().starts_with("pub");
        for (path, name) in expand(&code[at + "use ".len()..end]) {
            let path = absolute(module, &path);
            if passes_on {
                file.passes_on.insert(name, path);
            } else {
                file.takes.push(path);
            }
        }
        begin = end;
    }
    rest.push_str(&code[begin..]);
    for (at, _) in rest.match_indices("crate::") {
        let path =
            rest[at..].split(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter)));
        let path = path.into_iter().next().unwrap().trim_end_matches(':');
        let path: Path = path.split("::").map(str::to_owned).collect();
        file.takes.push(absolute(module, &path));
    }
    for line in rest.lines() {
        let visible = line
            .strip_prefix("pub")
            .and_then(|line| line.split_once(' '));
        let line = visible.map_or(line, |(_, line)| line);
        let mut words = line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        match (words.next(), words.next()) {
            (Some("struct" | "enum" | "trait" | "type" | "union"), Some(name)) => {
                file.types.insert(name.to_owned());
            }
            (Some("impl"), _) if !line.contains(" for ") => {
                file.impls.insert(impl_type(line));
            }
            _ => {}
        }
    }
    file
}

/// Where the next `use` statement at the beginning of a line is.
fn next_use(code: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += code[at..].find("use ")?;
        let start = code[..at].rfind('\n').map_or(0, |line| line + 1);
        let before = code[start..at].trim_start();
        if before.is_empty() || (before.starts_with("pub") && before.ends_with(' ')) {
            return Some(at);
        }
        at += "use ".len();
    }
}

/// The type of an inherent `impl`.
fn impl_type(line: &str) -> String {
    let mut line = line.trim_start_matches("impl");
    if line.starts_with('<') {
        let mut depth = 0;
        let end = line.find(|letter| {
            depth += match letter {
                '<' => 1,
                '>' => -1,
                _ => 0,
            };
            depth == 0
        });
        line = &line[end.unwrap() + 1..];
    }
    let name = line
        .trim_start()
        .split(|letter: char| !letter.is_alphanumeric());
    name.into_iter().next().unwrap().to_owned()
}

/// The paths of a `use`, lists in braces written out, each with the name that it
/// gets.
fn expand(tree: &str) -> Vec<(Path, String)> {
    let tree = tree.trim();
    if let Some((before, list)) = tree.split_once('{') {
        let list = list.rsplit_once('}').unwrap().0;
        let (mut items, mut depth) = (vec![String::new()], 0);
        for letter in list.chars() {
            depth += match letter {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if letter == ',' && depth == 0 {
                items.push(String::new());
            } else {
                items.last_mut().unwrap().push(letter);
            }
        }
        items.retain(|item| !item.trim().is_empty());
        let items = items.iter().map(|item| format!("{before}{}", item.trim()));
        return items.flat_map(|item| expand(&item)).collect();
    }
    let (path, alias) = match tree.split_once(" as ") {
        Some((path, alias)) => (path, Some(alias.trim().to_owned())),
        None => (tree, None),
    };
    let path: Path = path.trim().split("::").map(str::to_owned).collect();
    let name = alias.unwrap_or_else(|| path.last().unwrap().clone());
    vec![(path, name)]
}

/// A path from the package's root.
fn absolute(module: &Path, path: &[String]) -> Path {
    let mut base = module.clone();
    let mut rest = path;
    while let [first, others @ ..] = rest {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            "self" => {}
            _ => break,
        }
        rest = others;
    }
    base.extend(rest.iter().filter(|part| *part != "self").cloned());
    base
}

/// The module whose file defines what a path leads to, and its name, if it is in
/// this package.
fn find(house: &BTreeMap<Path, (PathBuf, File)>, path: &Path) -> Option<(Path, Option<String>)> {
    let length = (1..=path.len()).rev();
    let length = length
        .into_iter()
        .find(|length| house.contains_key(&path[..*length]))?;
    let module = path[..length].to_vec();
    let Some(name) = path.get(length) else {
        return Some((module, None));
    };
    match house[&module].1.passes_on.get(name) {
        Some(from) if from != path => find(house, &[from.as_slice(), &path[length + 1..]].concat()),
        _ => Some((module, Some(name.clone()))),
    }
}

/// The files that a file knows, by their modules. Where it knows a type, it
/// knows the other files that have inherent `impl`s of that, too.
fn arrows(house: &BTreeMap<Path, (PathBuf, File)>) -> BTreeMap<Path, BTreeSet<Path>> {
    let mut arrows = BTreeMap::new();
    for (module, (_, file)) in house {
        let mut known = BTreeSet::new();
        for (to, name) in file.takes.iter().filter_map(|path| find(house, path)) {
            if let Some(name) = name.filter(|name| house[&to].1.types.contains(name))
                && !file.impls.contains(&name)
            {
                let room = &to[..to.len().saturating_sub(1)];
                let others = house.iter().filter(|(other, (_, file))| {
                    (other.starts_with(&to) || other.starts_with(room))
                        && file.impls.contains(&name)
                });
                known.extend(others.map(|(other, _)| other.clone()));
            }
            known.insert(to);
        }
        known.remove(module);
        arrows.insert(module.clone(), known);
    }
    arrows
}

/// All files that a file knows, by whichever way.
fn reached<'a>(arrows: &'a BTreeMap<Path, BTreeSet<Path>>, from: &Path) -> BTreeSet<&'a Path> {
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![from.clone()]);
    while let Some(file) = waiting.pop() {
        for to in &arrows[&file] {
            if reached.insert(to) {
                waiting.push(to.clone());
            }
        }
    }
    reached
}

#[test]
fn no_files_know_each_other_in_a_circle() {
    let arrows = arrows(&house());
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(
        count > 300,
        "the scan sees the arrows that there are: {count}"
    );
    let mut circles = Vec::new();
    for (from, known) in &arrows {
        let returns = known
            .iter()
            .filter(|to| reached(&arrows, to).contains(from));
        circles.extend(returns.map(|to| format!("{} knows {}", from.join("/"), to.join("/"))));
    }
    assert!(circles.is_empty(), "in a circle:\n{}", circles.join("\n"));
}

#[test]
fn an_inherent_impl_is_in_the_file_or_folder_of_its_type() {
    let house = house();
    let mut seen = 0;
    for (module, (path, file)) in &house {
        for name in &file.impls {
            seen += 1;
            let is_near = house.iter().any(|(home, (of_type, other))| {
                let is_sibling = path.parent() == of_type.parent() && home.len() > 1;
                other.types.contains(name) && (home == module || is_sibling)
            });
            assert!(is_near, "{}: impl {name}", path.display());
        }
    }
    assert!(seen > 100, "the scan sees the impls that there are: {seen}");
}

#[test]
fn lists_in_braces_are_written_out() {
    let paths = expand("crate::{a::{self, B}, c::D as E}");
    let shown: Vec<_> = paths
        .iter()
        .map(|(path, name)| format!("{} {name}", absolute(&vec!["x".to_owned()], path).join("/")))
        .collect();
    assert_eq!(shown, ["a self", "a/B B", "c/D E"]);
}
