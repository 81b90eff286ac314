//! Why is this the answer? Every rule that was asked, and every tag that was
//! ignored, through the escape that texts of strangers need.

use samever_core::{Canonical, CommitId, Escaped, Head, Inputs, PublishedSet, Version, resolve};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let published = PublishedSet::from_tags(["1.11.0+1.29.0", "1.13.0+1.31.1", "latest"]);
    let latest = Version::parse("1.13.0+1.31.1")?;
    let head = Head {
        commit: CommitId::from_bytes([1; 20]),
        version: Ok(&latest),
    };
    let inputs = Inputs::new(head, &published).canonical(Canonical {
        version: &latest,
        commit: None,
        tag_commit: None,
    });

    let plan = resolve(&inputs)?;
    let trail = plan.trail.iter().map(|step| {
        let word = if step.passed { "passed" } else { "decided" };
        let because = step.because.to_string();
        format!("{} {word}: {}", step.rung.name(), Escaped::new(&because))
    });
    let ignored = published.ignored().iter().map(|tag| {
        let because = tag.because.to_string();
        format!(
            "ignored {}: {}",
            Escaped::new(&tag.name),
            Escaped::new(&because)
        )
    });
    let lines: Vec<String> = trail.chain(ignored).collect();
    assert_eq!(
        lines,
        [
            "declared passed: the upgrade tier applies",
            "override passed: no base version is given by hand",
            "canonical passed: the canonical (last green) version 1.13.0+1.31.1 is the head's own \
             version",
            "step-back decided: the canonical (last green) version 1.13.0+1.31.1 is the head's own \
             version, so the base steps back to 1.11.0+1.29.0, the newest published version older \
             than the head",
            "ignored latest: not a version: 'l' stands where the first number is expected",
        ]
    );
    Ok(())
}
