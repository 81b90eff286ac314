//! The messages about files that make no sense: the user's words, for each kind of
//! file, and none of a library's.

use std::fmt::Write;

use samever::simulate::parse_scenario;

use crate::support::folder::{Folder, Run};
use crate::support::night::Night;
use crate::support::repositories::steady;

/// What the YAML library, the JSON library and serde say to programmers.
const LIBRARY_WORDS: [&str; 34] = [
    "from_str",
    "Policy",
    "Options",
    "Option<",
    "String",
    "struct",
    "enum",
    "variant",
    "mapping",
    "sequence",
    "scalar",
    "unit",
    "serde",
    "deserialize",
    "unknown field",
    "missing field",
    "duplicate field",
    "invalid type",
    "invalid value",
    "invalid length",
    "EOF",
    "expected",
    "ident",
    "trailing",
    "recursion",
    "budget",
    "u32",
    "u64",
    "i64",
    "bool",
    "parsing",
    "scanning",
    "flow",
    "anchor id",
];

/// YAML that is wrong wherever it stands; KEY is a key that is known there.
const YAML: [&str; 18] = [
    "KEY: [",
    "KEY: {b",
    "KEY: 'b",
    "KEY: \"b",
    "KEY: \"\\q\"",
    "\tKEY: b",
    "KEY:\n\t- b",
    "KEY: b: c",
    "KEY: *nowhere",
    "KEY:\nKEY:",
    "KEY: \n---\nKEY: ",
    "- a",
    "text",
    "@a: b",
    "KEY: !!binary x",
    "? [a]\n: b",
    "KEY:\n  b\n c: d\n",
    "KEY: {<<: 1}",
];

/// Parts of a scenario that are wrong in their own way.
const STEPS: [&str; 22] = [
    "steps: flake",
    "steps: {flake: }",
    "steps:\n  - flake: {}",
    "steps:\n  - flake: 1",
    "steps:\n  - nightly",
    "steps:\n  - nightly:",
    "steps:\n  - nightly: {}",
    "steps:\n  - nightly: {times: many, expect: {}}",
    "steps:\n  - nightly: {times: -1, expect: {}}",
    "steps:\n  - nightly: {expect: green}",
    "steps:\n  - nightly: {expect: [green]}",
    "steps:\n  - nightly: {expect: {promoted: maybe}}",
    "steps:\n  - nightly: {head: newest}",
    "steps:\n  - nightly: {head: {main: x}}",
    "steps:\n  - enroll: true\n    flake: true",
    "steps:\n  - publish: [1.0.0]",
    "steps:\n  - publish: {version: 2.0.0, behaviour: fails-its-check}",
    "steps:\n  - publish: {version: 2.0.0, behaviour: [fails-its-check]}",
    "steps:\n  - publish: {version: 2.0.0, files: [a]}",
    "steps:\n  - publish:",
    "steps:\n  - [flake]",
    "steps:\n  - withdraw: 1.0",
];

const CATALOGUES: [&str; 14] = [
    "recipes: alpha",
    "recipes: [alpha]",
    "recipes: {alpha: enrolled}",
    "recipes: {alpha: [a]}",
    "recipes: {alpha: {enrolled: maybe}}",
    "recipes: {alpha: {head: newest}}",
    "recipes: {alpha: {head: {latest: 1}}}",
    "recipes: {alpha: {timeout: soon}}",
    "recipes: {alpha: {timeout: -1}}",
    "recipes: {alpha: {timeout: 99999999999}}",
    "recipes: {alpha: {not-applicable: false}}",
    "recipes: {alpha: {main: }}",
    "recipes: {alpha: {deployer: docker}}",
    "recipe: {alpha: {}}",
];

const RECORDS: [&str; 14] = [
    "{",
    "{\"recipe\"",
    "[]",
    "\"a\"",
    "null",
    "1",
    "{}",
    "{\"recipe\": \"a\"}",
    "{\"recipe\": 1, \"version\": \"1.0.0\"}",
    "{\"recipe\": \"a\", \"version\": null}",
    "{\"recipe\": \"a\", \"version\": [1]}",
    "{'recipe': 'a'}",
    "{\"recipe\": \"a\", \"recipe\": \"b\"}",
    "{\"recipe\": \"a\", \"version\": \"1.0.0\",}",
];

const ANSWERS: [&str; 10] = [
    "rubbish",
    "{",
    "[]",
    "{}",
    "{\"id\": \"1\"}",
    "{\"id\": 1, \"plan\": \"skip\"}",
    "{\"id\": 1, \"plan\": {}}",
    "{\"id\": 1, \"plan\": {\"kind\": \"maybe\"}}",
    "{\"id\": 1, \"plan\": {\"kind\": \"version\"}}",
    "{\"id\": 1, \"plan\": {\"kind\": \"ref\", \"commit\": 7}}",
];

fn scenarios(shown: &mut String) {
    let whole = YAML.map(|yaml| format!("# purpose\n{yaml}\n").replace("KEY", "recipe"));
    let recipe = "# purpose\nrecipe: {name: a, published: [1.0.0]}\n";
    let steps = STEPS.map(|steps| format!("{recipe}{steps}\n"));
    for text in whole.iter().chain(&steps) {
        let told = parse_scenario("test", "a.yaml", text.as_bytes()).unwrap_err();
        let told = told.to_string();
        let told = told.lines().next().unwrap();
        let text = text
            .trim_start_matches("# purpose\n")
            .trim_start_matches(&recipe[10..]);
        writeln!(shown, "{text:?}\n    {told}").unwrap();
    }
}

fn catalogues(shown: &mut String) {
    let night = Night::of(&["alpha"]);
    let yaml = YAML.map(|yaml| yaml.replace("KEY", "recipes"));
    for text in yaml.iter().chain(&CATALOGUES.map(str::to_owned)) {
        night.write("catalogue/catalogue.yaml", text);
        let run = night.sweep(&["--plan"]);
        assert_eq!(run.code, 3, "{text}");
        writeln!(shown, "{text:?}\n    {}", run.stderr.trim_end()).unwrap();
    }
}

fn records(shown: &mut String) {
    let (fixture, _) = steady();
    for text in RECORDS {
        fixture.file("record.json", text);
        let record = fixture.file("record.json", text);
        let told = fixture
            .refusal(&["--canonical", &record])
            .replace(&record, "record.json");
        writeln!(shown, "{text:?}\n    {}", told.trim_end()).unwrap();
    }
}

fn answers(shown: &mut String) {
    let folder = Folder::new();
    for text in ANSWERS {
        folder.write("answer", format!("{text}\n"));
        let args = [
            "verify",
            "--resolver",
            "cat answer",
            "--cases",
            "1",
            "--seed",
            "1",
        ];
        let run = Run::of(&mut folder.samever(&args));
        assert_eq!(run.code, 3, "{text}");
        let told = run.stderr.split("; the question").next().unwrap();
        writeln!(shown, "{text:?}\n    {}", told.trim_end()).unwrap();
    }
}

#[test]
fn no_message_about_a_file_speaks_in_a_librarys_words() {
    let mut shown = String::new();
    for (kind, tell) in [
        ("scenarios", scenarios as fn(&mut String)),
        ("catalogues", catalogues),
        ("canonical records", records),
        ("answers of a resolver", answers),
    ] {
        writeln!(shown, "--- {kind}").unwrap();
        tell(&mut shown);
    }
    let messages = shown.lines().filter(|line| line.starts_with("    "));
    let mut count = 0;
    for message in messages {
        count += 1;
        for word in LIBRARY_WORDS {
            assert!(!message.contains(word), "{word}: {message}");
        }
    }
    assert_eq!(count, 18 + 22 + 18 + 14 + 14 + 10);
    insta::assert_snapshot!(shown);
}
