//! Programs on trial that break: each is told how, with what to do, and what it
//! answered before that counts.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::programs::{examples, python, python_is_missing};
use crate::support::folder::{Folder, Run, binary};

const RIGHT: &str = r#"{\"id\": 1, \"plan\": {\"kind\": \"skip\", \"reason\": \"head == main tip (no predecessor delta)\"}}"#;

#[track_caller]
fn trial(program: &str, args: &[&str]) -> Run {
    // Without a seed each commit would have cases of its own.
    let verify = ["verify", "--seed", "1", "--resolver", program];
    Run::of(binary().args(verify).args(args))
}

/// Puts a program on trial that must not work, and be told as what it is.
#[track_caller]
fn assert_broken(program: &str, messages: &[&str]) {
    let begin = Instant::now();
    let trial = trial(program, &["--deadline", "3", "--only", "small-worlds"]);
    assert_eq!(trial.code, 3, "{program}: {}", trial.stdout);
    for message in messages {
        assert!(
            trial.stderr.contains(message),
            "{program}: {}",
            trial.stderr
        );
    }
    assert!(begin.elapsed() < Duration::from_secs(20), "{program}");
}

#[test]
fn a_program_that_ends_amid_its_questions_is_told_with_its_exit_code_or_signal() {
    let folder = Folder::new();
    for (name, script, message) in [
        (
            "code",
            "read q; exit 7",
            "it ended with exit code 7 before it had answered",
        ),
        (
            "killed",
            "read q; kill -9 $$",
            "it was killed by signal 9 (SIGKILL) before",
        ),
        (
            "later",
            &format!("echo \"{RIGHT}\"; kill -SEGV $$"),
            "it was killed by signal 11 (SIGSEGV) before",
        ),
    ] {
        assert_broken(
            &folder.program(name, script),
            &[message, "the question was: "],
        );
    }
}

#[test]
fn an_answer_that_was_cut_in_the_middle_is_shown() {
    let folder = Folder::new();
    let half = folder.program("half", r#"printf '{"id": 1, "pl\033an'; exit 4"#);
    let shown = r#"its answer was cut in the middle of the line, without a line break: {"id": 1, "pl\u{1b}an; then it ended with exit code 4"#;
    assert_broken(&half, &[shown]);
    let long = folder.program("long", "printf '{'; head -c 5000 /dev/zero | tr '\\0' a");
    assert_broken(&long, &["aaaa…; then it ended with exit code 0"]);
}

#[test]
fn a_program_that_keeps_back_what_it_prints_is_told_to_flush() {
    let folder = Folder::new();
    let silent = folder.program("silent", "cat > /dev/null");
    let advice = "let it flush standard output after each line (in Python: print(…, flush=True))";
    assert_broken(
        &silent,
        &["no answer within 3 s, and nothing printed so far; ", advice],
    );
    let half = folder.program("half", "printf '{\"id\": 1'; cat > /dev/null");
    let shown = "the beginning of a line, without its line break: {\"id\": 1; ";
    assert_broken(&half, &[shown, advice]);
    let answers = folder.program("once", &format!("echo \"{RIGHT}\"; cat > /dev/null"));
    let trial = trial(&answers, &["--deadline", "1", "--only", "small-worlds"]);
    let message = "no answer within 1 s; the question was";
    assert!(trial.stderr.contains(message), "{}", trial.stderr);
}

#[test]
fn what_a_program_has_started_and_left_holding_its_output_is_told() {
    let folder = Folder::new();
    let held =
        "before it had answered, and something that it started still holds its standard output";
    let left = folder.program("left", "sleep 50 2> /dev/null & exit 0");
    let begin = Instant::now();
    let run = trial(&left, &["--deadline", "30"]);
    assert!(run.stderr.contains(held), "{}", run.stderr);
    assert!(
        begin.elapsed() < Duration::from_secs(15),
        "the deadline was waited for"
    );
    let closed = folder.program("closed", "exec >&-; sleep 50");
    assert_broken(
        &closed,
        &["it closed its standard output before it had answered, and still runs"],
    );
    // Its one question is asked again before it hears that there are no more.
    let answer = |id: u32| format!("read q; echo \"{}\"", RIGHT.replace('1', &id.to_string()));
    let (first, again) = (answer(1), answer(2));
    let script = format!("{first}\n{again}\ncat > /dev/null; sleep 50 2> /dev/null & exit 0");
    let good = folder.program("good", &script);
    let run = trial(
        &good,
        &["--deadline", "1", "--cases", "1", "--only", "small-worlds"],
    );
    let held = "it has ended after the last question, but something that it started still holds";
    assert!(run.stderr.contains(held), "{}", run.stderr);
}

/// Tells whether a process, whose number a file holds, is gone in time.
#[cfg(target_os = "linux")]
#[track_caller]
fn assert_gone(folder: &Folder, file: &str) {
    let id = folder.read(file);
    let id = id.trim();
    assert!(!id.is_empty(), "it has been started");
    for _ in 0..200 {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{id} is still there");
}

/// Neither ends at the end of its input, so that only a signal ends them.
#[cfg(target_os = "linux")]
#[test]
fn neither_a_program_nor_its_child_outlives_a_samever_that_is_killed() {
    let folder = Folder::new();
    let program = folder.program(
        "stays",
        "cd \"${0%/*}\"; sleep 500 & echo $! > child; echo $$ > itself; wait",
    );
    let mut samever = binary();
    let samever = samever.args(["verify", "--resolver", &program, "--deadline", "600"]);
    let mut samever = samever.stdout(std::process::Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    while folder.read("itself").is_empty() && begin.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    // The guard is posted right after the start.
    std::thread::sleep(Duration::from_millis(500));
    samever.kill().unwrap();
    samever.wait().unwrap();
    assert_gone(&folder, "child");
    assert_gone(&folder, "itself");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_program_has_started_ends_with_a_trial_that_ends_in_error() {
    let folder = Folder::new();
    let script = "cd \"${0%/*}\"; sleep 500 > /dev/null 2>&1 & echo $! > child; exit 3";
    assert_broken(
        &folder.program("leaves", script),
        &["it ended with exit code 3 before"],
    );
    assert_gone(&folder, "child");
}

/// The first answers are wrong, and there are fewer than one block has.
#[test]
fn a_program_that_is_wrong_and_then_breaks_is_wrong() {
    let folder = Folder::new();
    let wrong = r#"for id in 1 2 3 4 5 6; do echo "{\"id\": $id, \"plan\": {\"kind\": \"version\", \"version\": \"9.9.9\"}}"; done; exit 5"#;
    let program = folder.program("wrong", wrong);
    let note = "note: after that the resolver did not work any more: it ended with exit code 5 before it had answered; the question was: ";
    for phase in ["small-worlds", "other-forms", "nights", "real-repositories"] {
        let run = trial(&program, &["--only", phase]);
        assert_eq!(run.code, 1, "{phase}: {}", run.stderr);
        assert!(
            run.stdout.contains("it answered 9.9.9, "),
            "{phase}: {}",
            run.stdout
        );
        assert!(run.stdout.contains("\nrepeat it with: "), "{}", run.stdout);
        assert!(run.stdout.contains(note), "{phase}: {}", run.stdout);
    }
    let (code, json) = trial(&program, &["--format", "json", "--only", "other-forms"]).json();
    let broke = json["hunt"]["counterexample"]["broke"].as_str().unwrap();
    assert_eq!((code, &json["hunt"]["stopped"]), (1, &false.into()));
    assert!(broke.starts_with("it ended with exit code 5"), "{broke}");
    let junit = trial(&program, &["--format", "junit", "--only", "other-forms"]);
    assert!(
        junit.stdout.contains("did not work any more"),
        "{}",
        junit.stdout
    );
}

#[test]
fn a_line_that_is_no_answer_is_told_in_plain_words() {
    let folder = Folder::new();
    let object = "an answer is one JSON object, and this is ";
    for (line, message) in [
        ("[1]", format!("{object}a list): [1]")),
        ("5", format!("{object}a number): 5")),
        ("\"yes\"", format!("{object}a text): \"yes\"")),
        ("null", format!("{object}null): null")),
        (
            "",
            "it printed an empty line where an answer belongs".to_owned(),
        ),
        (
            "{\"id\": 1} x",
            "an answer is one JSON object on one line, and this is no JSON): ".to_owned(),
        ),
        (
            "{\"id\": 1, \"id\": 1, \"error\": \"x\"}",
            "the key `id` is there twice; remove one of the two): ".to_owned(),
        ),
        (
            "{\"id\": 1, \"plan\": {\"kind\": \"skip\", \"reason\": \"a\", \"reason\": \"b\"}}",
            "the key `reason` is there twice".to_owned(),
        ),
        (
            "{\"id\": 1, \"plan\": null, \"error\": null}",
            "an answer has either a plan or an error, and this has neither: ".to_owned(),
        ),
        (
            "{\"id\": 1, \"plan\": {\"kind\": \"skip\", \"reason\": \"a\"}, \"error\": \"x\"}",
            "an answer has either a plan or an error, and this has both: ".to_owned(),
        ),
        (
            "{\"id\": 1, \"plan\": [\"skip\", \"a\"]}",
            "a list stands where an object belongs".to_owned(),
        ),
        (
            "{\"id\": \"1\", \"error\": \"x\"}",
            "the text \"1\" stands where a whole number".to_owned(),
        ),
        (
            "{\"error\": \"x\"}",
            "the key `id` is missing; add it".to_owned(),
        ),
    ] {
        folder.write("line", format!("{line}\n"));
        let program = format!("cat {}", folder.path("line").display());
        assert_broken(&program, &[&message]);
    }
}

#[test]
fn a_program_that_cannot_be_started_is_told_before_the_first_question() {
    let folder = Folder::new();
    let script = |name: &str, content: &str| {
        let path = folder.program(name, "");
        fs::write(Path::new(&path), content).unwrap();
        path
    };
    let no_interpreter = script("no-interpreter", "#!/no/such -u\n");
    let no_script = script("no-script", "echo yes\n");
    folder.write("plain", "#!/bin/sh\n");
    for (program, message) in [
        (
            no_interpreter,
            "its first line names /no/such, which is not there; install it",
        ),
        (
            no_script,
            "a script begins with a line that names its interpreter, such as #!/bin/sh",
        ),
        (
            folder.path("plain").display().to_string(),
            "it is not executable; make it so with `chmod +x`",
        ),
        (
            folder.root().display().to_string(),
            "it is no regular file; give the path",
        ),
        (
            "no-such-program --at".to_owned(),
            "no-such-program is in no folder of PATH; install it, or give its path",
        ),
    ] {
        let run = trial(&program, &[]);
        assert_eq!(run.code, 3, "{program}");
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(!run.stderr.contains("the question was"), "{}", run.stderr);
    }
    for (program, message) in [
        ("sh -c 'exit", "is no command line: a quote is not closed"),
        (
            "",
            "is no command line: it names no program; write a program and its arguments",
        ),
        ("''", "is no command line: it names no program"),
    ] {
        let run = trial(program, &[]);
        assert_eq!(run.code, 2, "{program}");
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

/// A program that answers in a way that is not right, and in a certain moment alone.
#[track_caller]
fn assert_convicted(fault: &str, args: &[&str], told: &str) {
    if python_is_missing() {
        return;
    }
    let [good, _] = examples();
    let script = good.replace(
        "for line in sys.stdin:\n",
        &format!("for n, line in enumerate(sys.stdin, 1):\n    {fault}\n"),
    );
    assert_ne!(script, good);
    let folder = Folder::new();
    let program = python(folder.root(), "faulty.py", &script);
    let run = trial(&program, args);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(told), "{}", run.stdout);
}

/// The first answer of a process is right where nothing is published, and wrong elsewhere.
const FIRST: &str = "if n == 1: print(json.dumps({\"id\": 1, \"plan\": {\"kind\": \"skip\", \"reason\": \"head == main tip (no predecessor delta)\"}}) if not json.loads(line)[\"published\"] else json.dumps({\"id\": 1, \"error\": \"not ready\"}), flush=True); continue";

#[test]
fn a_program_that_is_wrong_in_the_first_answer_of_a_process_alone_is_convicted() {
    assert_convicted(FIRST, &["--cases", "1100"], "; invariant `");
    let often = [
        "--cases",
        "600",
        "--only",
        "small-worlds",
        "--restart",
        "100",
    ];
    assert_convicted(FIRST, &often, " --restart 100 ");
}

#[test]
fn a_program_that_is_wrong_from_the_thousandth_question_on_is_convicted() {
    let late = "if n >= 1000: print(json.dumps({\"id\": json.loads(line)[\"id\"], \"error\": \"tired\"}), flush=True); continue";
    assert_convicted(late, &["--cases", "1100"], "; invariant `");
}

#[test]
fn restart_without_a_resolver_is_a_usage_error() {
    let run = Run::of(binary().args(["verify", "--restart", "5"]));
    assert_eq!(run.code, 2, "{}", run.stderr);
}
