//! What an operator may conclude of a night, by a small model that knows nothing of how samever
//! decides: it knows which trees the deploy program was given, and what is published.

use serde_json::Value;

use super::life::{Clone, Event, Night, Program, Record, Tree, Way};

/// How a night reads, in one of its reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Green, and nothing beside it.
    Green,
    /// Green, with words that say what is not shown.
    Qualified,
    Red,
    Skipped,
    NoAnswer,
}

use Reading::{Green, NoAnswer, Qualified, Red, Skipped};

impl Reading {
    fn of_words(words: &str) -> Self {
        match words {
            "green" => Green,
            words if words.starts_with("green, ") => Qualified,
            words if words.starts_with("red at ") => Red,
            "skipped" => Skipped,
            _ => NoAnswer,
        }
    }

    /// The row of a table, or the first line of an upgrade's account.
    pub(crate) fn of_text(text: &str) -> Self {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("custom-html"));
        let words = line.and_then(|line| match line.strip_prefix(": ") {
            Some(title) => title.split(": ").next(),
            None => line.rsplit("  ").filter(|cell| !cell.is_empty()).nth(1),
        });
        words.map_or(NoAnswer, |words| match words.trim() {
            "red" => Red,
            words => Self::of_words(words),
        })
    }

    /// By the fields alone: a program that reads them has no words.
    fn of_json(text: &str) -> Self {
        let report: Value = serde_json::from_str(text).unwrap();
        let outcome = match report["schema"].as_str() {
            Some("samever/nightly/1") => &report["recipes"][0]["outcome"],
            Some("samever/upgrade/1") => &report,
            _ => return NoAnswer,
        };
        match outcome["verdict"].as_str() {
            Some("green") => {
                let is_told =
                    |side: &str| outcome["evidence"][side]["deployed"]["version"].is_string();
                let is_plain = outcome["deployer"] != "tree"
                    && outcome["delta"] != "unknown"
                    && is_told("base")
                    && is_told("head");
                if is_plain { Green } else { Qualified }
            }
            Some("red") => Red,
            Some("skipped") => Skipped,
            _ => NoAnswer,
        }
    }

    /// `JUnit` knows no more of a success than that it has an output.
    fn of_xml(text: &str) -> Self {
        let has = |part: &str| text.contains(part);
        match () {
            () if has("<error") => NoAnswer,
            () if has("<failure") => Red,
            () if has("<skipped") => Skipped,
            () if has("<system-out") => Qualified,
            () if has("<testcase") => Green,
            () => NoAnswer,
        }
    }

    const fn code(self) -> i32 {
        match self {
            Green | Qualified | Skipped => 0,
            Red => 1,
            NoAnswer => 3,
        }
    }
}

/// A night in the eyes of an operator who knows what ran.
struct Judge<'a> {
    night: &'a Night,
    /// How the answer reads.
    reading: Reading,
    /// What is to be tested.
    head: Tree,
    faults: Vec<String>,
}

/// What is wrong with what an operator would conclude of a night.
pub(crate) fn faults(night: &Night) -> Vec<String> {
    let newest = night.known.newest();
    let mut judge = Judge {
        night,
        reading: Reading::of_text(&night.seen.stdout),
        head: match night.plan.way {
            Way::Nightly => newest.map_or(night.head, |(_, tree)| tree),
            Way::Upgrade => night.head,
        },
        faults: Vec::new(),
    };
    judge.all_say_the_same();
    judge.green_is_an_upgrade();
    judge.words_are_true();
    judge.skips_have_no_older_version();
    judge.the_record_is_the_newest_release_that_ran();
    judge.faults
}

impl Judge<'_> {
    fn require(&mut self, holds: bool, why: &str) {
        if !holds {
            self.faults.push(why.to_owned());
        }
    }

    fn is_honest(&self) -> bool {
        self.night.plan.program == Program::Honest
    }

    /// Whether the program has deployed what it was given where it ended well.
    fn has_deployed(&self) -> bool {
        use Program::{DiesAtBase, DiesAtHead, Honest};
        [Honest, DiesAtBase, DiesAtHead].contains(&self.night.plan.program)
    }

    /// Whether a published version can be a base of the head.
    fn has_older(&self) -> bool {
        self.night.known.labelled().any(|(patch, tree)| {
            let is_older = self.head.label.is_some_and(|head| patch < head);
            is_older && tree.mark != self.head.mark
        })
    }

    /// The exit code and each report, and of this run.
    fn all_say_the_same(&mut self) {
        let (seen, reading) = (&self.night.seen, self.reading);
        let others = [
            ("text", Reading::of_text(&seen.txt)),
            ("JSON", Reading::of_json(&seen.json)),
            ("JUnit", Reading::of_xml(&seen.xml)),
        ];
        for (format, other) in others {
            // A note is an output too.
            let is_noted = (format, reading, other) == ("JUnit", Green, Qualified);
            let why = format!("the {format} report reads {other:?}, the answer {reading:?}");
            self.require(other == reading || is_noted, &why);
        }
        let holds = match seen.code {
            None => reading == NoAnswer,
            Some(code) => code == reading.code(),
        };
        self.require(holds, "the exit code says something else");
    }

    /// Two different published trees ran, one over the other.
    fn green_is_an_upgrade(&mut self) {
        let ran = self.night.ran.iter();
        let ran: Vec<_> = ran.map(|(side, mark)| (&**side, *mark)).collect();
        let is_upgrade = match ran[..] {
            [("base", base), ("head", ran)] => {
                let base = self
                    .night
                    .known
                    .labelled()
                    .find(|(_, tree)| tree.mark == base);
                let older = base.is_some_and(|(patch, _)| Some(patch) < self.head.label);
                older && ran == self.head.mark
            }
            _ => false,
        };
        if self.reading == Green {
            self.require(self.has_deployed(), "green without a program that deploys");
            self.require(is_upgrade, "green without an upgrade of what is published");
            self.require(self.night.had_state, "green without a state");
        }
        let newest = self.night.known.newest();
        let is_release = newest.is_some_and(|(patch, tree)| tree.label == Some(patch));
        let is_clean = self.night.had_state
            && self.night.record.is_some()
            && self.has_older()
            && is_release
            && self.night.plan.clone == Clone::Fetched;
        if is_clean && self.is_honest() && self.night.plan.way == Way::Nightly {
            let holds = self.reading == Green;
            self.require(holds, "an upgrade that can be tested is not green");
        }
    }

    fn words_are_true(&mut self) {
        if self.reading != Qualified {
            return;
        }
        let mut trees = self.night.known.tags.values();
        let is_unlabelled = |tree: &Tree| tree.label.is_none();
        let unlabelled = is_unlabelled(&self.head)
            || is_unlabelled(&self.night.known.main)
            || trees.any(is_unlabelled);
        let alone = self.night.plan.program == Program::Tree;
        let nothing = self.night.plan.program == Program::Nothing;
        for (words, may_be, must_be) in [
            ("files alone", alone, alone),
            ("version not seen", nothing || unlabelled, nothing),
            ("delta unknown", unlabelled, is_unlabelled(&self.head)),
        ] {
            let is_told = self.night.seen.stdout.contains(words);
            self.require(!is_told || may_be, &format!("it says {words}"));
            self.require(is_told || !must_be, &format!("it does not say {words}"));
        }
    }

    /// Never a skip while an older version is published, in the clone or behind it.
    fn skips_have_no_older_version(&mut self) {
        let night = self.night;
        if self.reading == Skipped && night.had_state && night.record.is_some() {
            self.require(
                !self.has_older(),
                "skipped while an older version is published",
            );
            let is_hidden = night.published.tags.len() > night.known.tags.len();
            let is_shallow = night.plan.clone == Clone::Shallow;
            self.require(
                !(is_shallow && is_hidden),
                "skipped in a clone that lacks the older versions",
            );
        }
    }

    fn the_record_is_the_newest_release_that_ran(&mut self) {
        let (night, after) = (self.night, &self.night.seen.record);
        let newest = night.known.newest();
        let release = newest.map(|(patch, tree)| (patch, tree.commit.to_string()));
        let patch = |record: &Record| record.as_ref().map(|(patch, _)| *patch);
        if *after != night.record && night.plan.event != Event::StateLost {
            let has_run = newest.is_some_and(|(_, tree)| {
                let last = night.ran.last().map(|(side, mark)| (&**side, *mark));
                last == Some(("head", tree.mark))
            });
            let is_release = *after == release;
            self.require(
                has_run && is_release,
                "the record is not the release that ran",
            );
            self.require(
                self.has_deployed(),
                "the record moved, and nothing was deployed",
            );
            let is_good = [Green, Skipped, Qualified].contains(&self.reading);
            self.require(is_good, "the record moved in a night that is not good");
            self.require(patch(&night.record) <= patch(after), "the record went back");
        }
        if self.is_honest() && self.reading == Green && night.plan.way == Way::Nightly {
            let is_newer = patch(&night.record) > patch(&release);
            let holds = is_newer || *after == release;
            self.require(holds, "a good night is not on record");
        }
    }
}
