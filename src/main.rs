//! The program: parse, call, exit code.

use std::process::ExitCode;

use samever::{Process, run_command};

fn main() -> ExitCode {
    let status = run_command(Process {
        args: std::env::args_os().collect(),
        upgrade_base_version: std::env::var_os("UPGRADE_BASE_VERSION"),
        stdout: &mut std::io::BufWriter::new(std::io::stdout().lock()),
        stderr: &mut std::io::stderr(),
    });
    ExitCode::from(status.code())
}
