//! `samever canonical`: the last-green records of a state folder.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::recipe::RecipeName;
use crate::report::{CanonicalEntry, CanonicalReport, Format};
use crate::store::{CanonicalStore, Change, Quoted};

use crate::cli::canonical_set::{SetArgs, SetOrder};
use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::output::{answer, one_of};
use crate::cli::state_args::InitState;
use crate::cli::values::path;

/// The most letters of a reason: it is one line of a history.
const REASON_CHARS_MAX: usize = 1000;

/// List, show, set or drop the last-green records of a state folder
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct CanonicalArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every recipe with its record
    List {
        #[command(flatten)]
        place: Place,
        /// Format of the answer
        #[arg(long, default_value = "text", value_parser = one_of(&[Format::Text, Format::Json]))]
        format: Format,
    },
    /// Show one recipe's record and what changed it
    Show {
        /// Recipe to show
        recipe: RecipeName,
        #[command(flatten)]
        place: Place,
        /// Format of the answer
        #[arg(long, default_value = "text", value_parser = one_of(&[Format::Text, Format::Json]))]
        format: Format,
    },
    /// Record a published version as a recipe's last-green one, whatever state its record is in
    Set {
        #[command(flatten)]
        set: SetArgs,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        init_state: InitState,
        #[command(flatten)]
        reason: Reason,
    },
    /// Remove a recipe's record, whatever state it is in
    Drop {
        /// Recipe with the record to remove
        recipe: RecipeName,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        reason: Reason,
    },
}

#[derive(Args, Debug)]
struct Place {
    /// Folder with the records
    #[arg(long, value_name = "DIR", value_parser = path())]
    state: PathBuf,
}

#[derive(Args, Debug)]
struct Reason {
    /// Reason for the change, kept in the record's history
    #[arg(long, value_name = "WHY", value_parser = parse_reason)]
    reason: String,
}

/// Answers on `out`.
pub(crate) fn run(args: &CanonicalArgs, out: &mut impl Write) -> Result<ExitStatus, Failure> {
    match &args.action {
        Action::List { place, format } => list(&place.state, *format, out),
        Action::Show {
            recipe,
            place,
            format,
        } => show(&place.state, recipe, *format, out),
        Action::Set {
            set,
            place,
            init_state,
            reason,
        } => {
            let store = init_state.store(&place.state, &[])?;
            let order = set.order()?;
            let origin = order.require_sense(&store, &place.state)?;
            let SetOrder {
                recipe, version, ..
            } = &order;
            let from = store.set(recipe, &order.record(origin), &change(reason));
            let from = from.map_err(Failure::no_answer)?;
            let from = from.map_or_else(|| "nothing".to_owned(), |from| from.version.to_string());
            said(out, &format!("{recipe}: {version} (it was {from})"))
        }
        Action::Drop {
            recipe,
            place,
            reason,
        } => {
            let store = CanonicalStore::open(&place.state).map_err(Failure::no_answer)?;
            let dropped = store.drop(recipe, &change(reason));
            if !dropped.map_err(Failure::no_answer)? {
                return Err(no_record(recipe, &place.state));
            }
            said(out, &format!("{recipe}: there is no canonical any more"))
        }
    }
}

/// Lists every record; one that cannot be read is told, and leaves no answer.
fn list(
    state: &std::path::Path,
    format: Format,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let store = CanonicalStore::open(state).map_err(Failure::no_answer)?;
    let (mut entries, mut damaged) = (Vec::new(), Vec::new());
    for recipe in store.list().map_err(Failure::no_answer)? {
        match store.get(&recipe) {
            Ok(record) => {
                entries.extend(record.map(|record| CanonicalEntry::new(&recipe, &record, None)));
            }
            Err(error) => damaged.push(error.to_string()),
        }
    }
    answer(format, &CanonicalReport::from_iter(entries), out)?;
    if damaged.is_empty() {
        Ok(ExitStatus::Fine)
    } else {
        Err(Failure::no_answer_in_lines(damaged.join("\n")))
    }
}

fn show(
    state: &std::path::Path,
    recipe: &RecipeName,
    format: Format,
    out: &mut impl Write,
) -> Result<ExitStatus, Failure> {
    let store = CanonicalStore::open(state).map_err(Failure::no_answer)?;
    let record = store.get(recipe).map_err(Failure::no_answer)?;
    let history = store.history(recipe).map_err(Failure::no_answer)?;
    let Some(record) = record else {
        return Err(no_record(recipe, state));
    };
    let entry = CanonicalEntry::new(recipe, &record, Some(history));
    answer(format, &CanonicalReport::from_iter([entry]), out)?;
    Ok(ExitStatus::Fine)
}

fn change(reason: &Reason) -> Change<'_> {
    Change {
        why: &reason.reason,
        run: "samever canonical",
    }
}

fn said(out: &mut impl Write, text: &str) -> Result<ExitStatus, Failure> {
    writeln!(out, "{text}")
        .map(|()| ExitStatus::Fine)
        .map_err(|error: io::Error| Failure::output(error))
}

fn no_record(recipe: &RecipeName, state: &std::path::Path) -> Failure {
    Failure::no_answer(format_args!(
        "{recipe} has no canonical in {}; `samever canonical list --state {}` tells which recipes \
         have one",
        state.display(),
        Quoted(state)
    ))
}

fn parse_reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("a reason is needed".to_owned())
    } else if text.chars().count() > REASON_CHARS_MAX {
        Err(format!(
            "a reason is at most {REASON_CHARS_MAX} letters long"
        ))
    } else {
        Ok(text.to_owned())
    }
}
