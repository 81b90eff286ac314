//! The command line: one file per command.

mod bases_args;
mod beforehand;
mod canonical;
mod canonical_set;
mod chain_args;
mod corpus;
mod delta;
mod deployer_args;
mod doctor;
mod doctor_catalogue;
mod exit;
mod failure;
mod interrupt;
mod leftovers;
mod nightly;
mod observe;
mod output;
mod progress;
mod repeat;
mod replay;
mod replay_bless;
mod resolve;
mod scenario_files;
mod scheme;
mod state_args;
mod tag_list;
mod upgrade;
mod values;
mod verify;
mod verify_evidence;

use std::ffi::OsString;
use std::io::Write;

use clap::{Parser, Subcommand};

use crate::cli::output::ReportArgs;

pub use exit::ExitStatus;
use failure::{Failure, safe_lines};

/// Decide from which older version an upgrade test must start
#[derive(Debug, Parser)]
#[command(name = "samever", version, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Canonical(canonical::CanonicalArgs),
    Delta(delta::DeltaArgs),
    Doctor(doctor::DoctorArgs),
    Nightly(Box<nightly::NightlyArgs>),
    Replay(replay::ReplayArgs),
    Resolve(Box<resolve::ResolveArgs>),
    Scheme(scheme::SchemeArgs),
    Upgrade(Box<upgrade::UpgradeArgs>),
    Verify(Box<verify::VerifyArgs>),
}

/// What the process was started with, and where it writes to.
pub struct Process<'a> {
    /// The arguments, the program's name first.
    pub args: Vec<OsString>,
    /// `UPGRADE_BASE_VERSION` of the environment.
    pub upgrade_base_version: Option<OsString>,
    /// Takes the answer.
    pub stdout: &'a mut dyn Write,
    /// Takes everything else.
    pub stderr: &'a mut dyn Write,
}

/// Runs one command. Nothing that it is given makes it panic.
pub fn run(process: Process<'_>) -> ExitStatus {
    let Process {
        args,
        upgrade_base_version,
        mut stdout,
        stderr,
    } = process;
    let outcome = match Cli::try_parse_from(&args) {
        Ok(Cli { command }) => match command {
            Command::Canonical(args) => canonical::run(&args, &mut stdout),
            Command::Delta(args) => delta::run(&args, &mut stdout),
            Command::Doctor(args) => doctor::run(&args, &mut stdout),
            Command::Nightly(args) => {
                let reports = &args.reports;
                reports.around("nightly", args.format, &mut stdout, |out| {
                    nightly::run(&args, out, stderr)
                })
            }
            Command::Replay(args) => {
                let reports = &args.reports;
                reports.around("replay", args.format, &mut stdout, |out| {
                    replay::run(&args, out, stderr)
                })
            }
            Command::Resolve(args) => resolve::run(&args, upgrade_base_version, &mut stdout),
            Command::Scheme(args) => scheme::run(&args, &mut stdout),
            Command::Upgrade(args) => {
                let reports = &args.reports;
                reports.around("upgrade", args.format, &mut stdout, |out| {
                    upgrade::run(&args, upgrade_base_version, out)
                })
            }
            Command::Verify(args) => {
                let reports = &args.reports;
                reports.around("verify", args.format, &mut stdout, |out| {
                    verify::run(&args, out, stderr)
                })
            }
        },
        Err(error) if error.exit_code() == 0 => write!(stdout, "{error}")
            .map(|()| ExitStatus::Fine)
            .map_err(Failure::output),
        Err(error) => {
            let failure = Failure {
                status: ExitStatus::Usage,
                message: safe_lines(&error.to_string()),
            };
            if let Some((name, reports)) = ReportArgs::named_in(&args) {
                reports.fail(name, &failure);
            }
            Err(failure)
        }
    };
    let outcome =
        outcome.and_then(|status| stdout.flush().map(|()| status).map_err(Failure::output));
    outcome.unwrap_or_else(|Failure { status, message }| {
        // Where standard error is gone too, the exit status is all that is left.
        if !message.is_empty() {
            let _ = writeln!(stderr, "{message}");
        }
        status
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    fn check(command: &clap::Command) {
        let own = ["help", "version"];
        let about = command.get_about().into_iter().map(ToString::to_string);
        let helps = command
            .get_arguments()
            .filter(|argument| !own.contains(&argument.get_id().as_str()))
            .map(|argument| {
                let help = argument.get_help();
                help.unwrap_or_else(|| panic!("{} has no help", argument.get_id()))
                    .to_string()
            });
        for line in about.chain(helps) {
            let first = line.chars().next().unwrap();
            assert!(first.is_uppercase(), "begin with a capital: {line}");
            assert!(!line.ends_with('.'), "end without a full stop: {line}");
            let verb = line.split_whitespace().next().unwrap();
            assert!(!verb.ends_with("ing"), "be imperative: {line}");
        }
        command
            .get_subcommands()
            .filter(|command| command.get_name() != "help")
            .for_each(check);
    }

    /// Words that make a reader stop and think.
    const RIDDLES: [&str; 6] = [
        "who",
        "whoever",
        "nobody",
        "of which",
        "so many",
        "as many as",
    ];

    fn require_plain_words(command: &mut clap::Command) {
        let help = command.render_long_help().to_string().to_lowercase();
        let words: Vec<_> = help.split(|c: char| !c.is_alphanumeric()).collect();
        let words = words.join(" ");
        for riddle in RIDDLES {
            let name = command.get_name();
            let found = format!(" {words} ").contains(&format!(" {riddle} "));
            assert!(!found, "the help of {name} says: {riddle}");
        }
        command.get_subcommands_mut().for_each(require_plain_words);
    }

    #[test]
    fn no_help_text_is_a_riddle() {
        require_plain_words(&mut Cli::command());
    }

    #[test]
    fn help_lines_are_imperative_capitalised_and_without_a_full_stop() {
        let command = Cli::command();
        command.clone().debug_assert();
        check(&command);
    }
}
