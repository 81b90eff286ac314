//! `samever scheme`: the schemes that ship, and those that fit a repository.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::recipe::{COMPOSE, Recipe, parse_revision};
use crate::report::{FittingReport, FittingScheme, Format, NamedScheme, Prefix, SchemesReport};
use crate::scheme::{Scheme, presets};

use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::output::{answer, one_of};
use crate::cli::values::{parse_words, path};

/// List or show the schemes that ship, or find those that fit a repository
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct SchemeArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the schemes that ship
    List {
        /// Format of the answer
        #[arg(long, default_value = "text", value_parser = one_of(&[Format::Text, Format::Json]))]
        format: Format,
    },
    /// Show the file of a scheme that ships, to copy and change
    Show {
        /// Scheme to show
        #[arg(value_name = "NAME", value_parser = parse_words)]
        name: String,
    },
    /// Tell which schemes fit the tags of a repository and its head; none of them is applied
    Detect {
        /// Path of the repository, or of a folder in it
        #[arg(long, value_name = "DIR", default_value = ".", value_parser = path())]
        repo: PathBuf,
        /// Revision with the files that state a version
        #[arg(long, value_name = "REV", default_value = "HEAD", value_parser = parse_revision)]
        head: String,
        /// Format of the answer
        #[arg(long, default_value = "text", value_parser = one_of(&[Format::Text, Format::Json]))]
        format: Format,
    },
}

/// Answers on `out`.
pub(crate) fn run(args: &SchemeArgs, out: &mut impl Write) -> Result<ExitStatus, Failure> {
    match &args.action {
        Action::List { format } => list(*format, out)?,
        Action::Show { name } => show(name, out)?,
        Action::Detect { repo, head, format } => {
            let recipe = Recipe::open(repo).map_err(Failure::no_answer)?;
            answer(*format, &detect(recipe, head)?, out)?;
        }
    }
    Ok(ExitStatus::Fine)
}

fn list(format: Format, out: &mut impl Write) -> Result<(), Failure> {
    let schemes = presets().map(|preset| NamedScheme {
        about: preset.about().to_owned(),
        scheme: preset.name,
    });
    let schemes = schemes.collect();
    answer(format, &SchemesReport { schemes }, out)
}

fn show(name: &str, out: &mut impl Write) -> Result<(), Failure> {
    let preset = presets()
        .find(|preset| preset.name == name)
        .ok_or_else(|| {
            Failure::no_answer(format_args!(
                "no scheme {name} ships; `samever scheme list` lists those that do"
            ))
        })?;
    let written = out.write_all(preset.text.as_bytes());
    written.and_then(|()| out.flush()).map_err(Failure::output)
}

/// The most files of a tree that are looked at.
const FILES_MAX: usize = 200_000;

/// The most parts of a repository that are tried.
const PARTS_MAX: usize = 1_000;

/// Tries each scheme that ships, on the whole repository and on each part that its files or its tags
/// name.
fn detect(mut recipe: Recipe, head: &str) -> Result<FittingReport, Failure> {
    let commit = recipe.commit("--head", head).map_err(Failure::no_answer)?;
    let all = recipe.published().map_err(Failure::no_answer)?;
    let tags = all.len() + all.ignored().len();
    let published = all.iter().map(|tag| tag.tag().into_bytes());
    let ignored = all.ignored().iter().map(|tag| tag.name.to_vec());
    let names: Vec<Vec<u8>> = published.chain(ignored).collect();
    let files = recipe
        .files(commit, FILES_MAX)
        .map_err(Failure::no_answer)?;
    let mut fitting: Vec<(FittingScheme, Scheme)> = Vec::new();
    for name in presets().map(|preset| preset.name) {
        let whole = Scheme::named(&name).into_iter();
        let parts = parts(&name, &files, &names);
        let parts = parts
            .iter()
            .map(|part| Scheme::named(&format!("{name}:{part}")));
        for scheme in whole.chain(parts.filter_map(Result::ok)) {
            let published = scheme.published(&names).len();
            let there = |file: &str| files.iter().any(|path| path == file);
            let has_file = match scheme.files() {
                Some(mut places) => places.any(|file| there(file)),
                None => !scheme.is_of_recipes() || there(COMPOSE),
            };
            if published == 0 || !has_file {
                continue;
            }
            if let Some((fitting, _)) = fitting.iter_mut().find(|(_, one)| one.reads_as(&scheme)) {
                fitting.scheme = format!("{}, {}", fitting.scheme, scheme.name());
                continue;
            }
            recipe = recipe.under(scheme.clone());
            let version = recipe.version(commit).map_err(Failure::no_answer)?;
            let one = FittingScheme {
                scheme: scheme.name().to_owned(),
                published,
                why: version
                    .as_ref()
                    .err()
                    .filter(|_| scheme.is_stated())
                    .map(ToString::to_string),
                head: version.ok().map(|version| version.to_string()),
            };
            fitting.push((one, scheme));
        }
    }
    fitting.sort_by_key(|(one, _)| (one.head.is_none(), tags - one.published));
    let is_read = |name: &&Vec<u8>| {
        let mut schemes = fitting.iter().map(|(_, scheme)| scheme);
        schemes.any(|scheme| !scheme.published([name.as_slice()]).is_empty())
    };
    let prefixes = prefixes(names.iter().filter(|name| !is_read(name)));
    Ok(FittingReport {
        tags,
        fitting: fitting.into_iter().map(|(one, _)| one).collect(),
        prefixes,
    })
}

/// The most prefixes that are told.
const PREFIXES_MAX: usize = 5;

/// What stands before the first digit of names, the most frequent first, each with how often.
fn prefixes<'a>(names: impl Iterator<Item = &'a Vec<u8>>) -> Vec<Prefix> {
    let mut counts = BTreeMap::new();
    for name in names.filter_map(|name| std::str::from_utf8(name).ok()) {
        if let Some(at) = name.find(|letter: char| letter.is_ascii_digit()) {
            *counts.entry(&name[..at]).or_default() += 1;
        }
    }
    let mut prefixes: Vec<_> = counts.into_iter().collect();
    prefixes.sort_by_key(|(_, count)| Reverse::<usize>(*count));
    let prefixes = prefixes.into_iter().take(PREFIXES_MAX);
    let prefixes = prefixes.map(|(prefix, tags)| Prefix {
        prefix: prefix.to_owned(),
        tags,
    });
    prefixes.collect()
}

/// The parts of a repository that a scheme may be of: the folders of its files of that name, and
/// the folders before the versions of its tags.
fn parts(name: &str, files: &[String], tags: &[Vec<u8>]) -> BTreeSet<String> {
    let Ok(of_part) = Scheme::named(&format!("{name}:part")) else {
        return BTreeSet::new();
    };
    let file = of_part.file_of_part("part");
    let mut parts = BTreeSet::new();
    if let Some(file) = file {
        let folders = files
            .iter()
            .filter_map(|path| path.strip_suffix(&file)?.strip_suffix('/'));
        parts.extend(folders.map(str::to_owned));
    } else {
        for tag in tags.iter().filter_map(|tag| std::str::from_utf8(tag).ok()) {
            parts.extend(tag.rsplit_once('/').map(|(part, _)| part.to_owned()));
        }
    }
    parts.into_iter().take(PARTS_MAX).collect()
}
