//! `samever delta`: how two versions compare, as a guard after any upgrade.

use std::io::{self, BufRead, Write};

use clap::Args;

use samever_core::{Delta, Version};

use crate::report::{ComparedPair, DeltaReport, Format};
use crate::scheme::Scheme;

use crate::cli::exit;
use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::output::{answer, one_named, one_of};
use crate::cli::values::parse_words;

/// What `--require` takes.
const DELTAS: [Delta; 4] = [Delta::Forward, Delta::None, Delta::Backward, Delta::Unknown];

/// The most bytes of a line with a pair.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Compare an old version with a new one: forward, none, backward or unknown
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub(crate) struct DeltaArgs {
    /// Version before the upgrade; without it, pairs are read from standard input, one a line
    #[arg(value_name = "OLD", requires = "new", value_parser = parse_words)]
    old: Option<String>,
    /// Version after the upgrade
    #[arg(value_name = "NEW", value_parser = parse_words)]
    new: Option<String>,
    /// Scheme of the versions: a preset, or a file of yours
    #[arg(long, value_name = "SCHEME", default_value = "coop-cloud", value_parser = parse_words)]
    scheme: String,
    /// Exit with 1 unless every pair compares so
    #[arg(long, help_heading = "Exit code", value_name = "DELTA", value_parser = one_named(&DELTAS, Delta::name))]
    require: Option<Delta>,
    /// Format of the answer
    #[arg(long, help_heading = "Output", default_value = "text", value_parser = one_of(&[Format::Text, Format::Json]))]
    format: Format,
}

/// Answers on `out`.
pub(crate) fn run(args: &DeltaArgs, out: &mut impl Write) -> Result<ExitStatus, Failure> {
    let scheme = Scheme::named(&args.scheme).map_err(Failure::usage)?;
    let pairs = match (&args.old, &args.new) {
        (Some(old), Some(new)) => vec![compare(&scheme, old, new)],
        _ => of_standard_input(&scheme)?,
    };
    let is_required = |pair: &ComparedPair| args.require.is_none_or(|delta| delta == pair.delta);
    let holds = pairs.iter().all(is_required);
    let report = DeltaReport {
        scheme: scheme.name().to_owned(),
        pairs,
    };
    answer(args.format, &report, out)?;
    Ok(if holds {
        ExitStatus::Fine
    } else {
        ExitStatus::Finding
    })
}

fn of_standard_input(scheme: &Scheme) -> Result<Vec<ComparedPair>, Failure> {
    let mut pairs = Vec::new();
    for (index, line) in io::stdin().lock().lines().enumerate() {
        let place = format_args!("line {} of standard input", index + 1);
        let line = line.map_err(|error| Failure::no_answer(format_args!("{place}: {error}")))?;
        let line = match index {
            0 => line.strip_prefix('\u{feff}').unwrap_or(&line),
            _ => &line,
        };
        let words: Vec<_> = line.split_whitespace().take(3).collect();
        match words[..] {
            [] => {}
            _ if line.len() > LINE_BYTES_MAX => {
                return Err(Failure::no_answer(format_args!(
                    "{place} is longer than 64 KiB"
                )));
            }
            [old, new] => pairs.push(compare(scheme, old, new)),
            _ => {
                return Err(Failure::no_answer(format_args!(
                    "{place} is no pair of versions; write the old and the new one with a space \
                     between them"
                )));
            }
        }
    }
    if pairs.is_empty() {
        return Err(Failure::no_answer(
            "standard input has no pair of versions; write an old and a new one a line, or give \
             them as OLD and NEW",
        ));
    }
    Ok(pairs)
}

fn compare(scheme: &Scheme, old: &str, new: &str) -> ComparedPair {
    let read = |text: &str| {
        let version = scheme.parse(text);
        version.map_err(|error| format!("{text} is no version of {}: {error}", scheme.name()))
    };
    let (from, to) = (read(old), read(new));
    let why = match (&from, &to) {
        (Err(why), _) | (_, Err(why)) => Some(why.clone()),
        (Ok(from), Ok(to)) if !from.is_comparable(to) => {
            Some("what follows their numbers differs, so they cannot be compared".to_owned())
        }
        (Ok(_), Ok(_)) => None,
    };
    let known = |version: Result<Version, String>| version.ok();
    ComparedPair {
        old: old.to_owned(),
        new: new.to_owned(),
        delta: Delta::between(known(from).as_ref(), known(to).as_ref()),
        why,
    }
}
