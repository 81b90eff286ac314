//! How long do the parts of a decision take: reading versions off tag names,
//! finding the newest older one, and asking the chain?
//!
//! The tags are those of two public repositories: 29,311 with build metadata,
//! up to 531 of them share one precedence, and 12,129 of plain semver.

use std::collections::BTreeSet;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use samever_core::{Canonical, CommitId, Head, Inputs, PublishedSet, Version, resolve};

const HISTORIES: [(&str, &str); 2] = [
    (
        "angular",
        include_str!("data/angular+service-worker-builds.txt"),
    ),
    ("renovate", include_str!("data/renovatebot+renovate.txt")),
];

fn version(text: &str) -> Version {
    Version::parse(text).expect("the text is a version")
}

fn histories(criterion: &mut Criterion) {
    for (name, tags) in HISTORIES {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(tags.lines().count() as u64));
        group.bench_function("read the published set", |bencher| {
            bencher.iter(|| PublishedSet::from_tags(black_box(tags).lines()));
        });
        let published = PublishedSet::from_tags(tags.lines());
        let newest = published
            .iter()
            .map(samever_core::PublishedVersion::version)
            .max();
        let head = newest.expect("the history has versions");
        group.bench_function("find the newest older version", |bencher| {
            bencher.iter(|| published.newest_older_than(black_box(head), true, &BTreeSet::new()));
        });
        group.finish();
    }
}

/// The steady state of a small recipe, as small worlds ask it by the million.
fn chain(criterion: &mut Criterion) {
    let published = PublishedSet::from_tags(["1.10.0+1.28", "1.11.0+1.29", "1.13.0+1.31"]);
    let latest = version("1.13.0+1.31");
    let head = Head {
        commit: CommitId::from_bytes([1; 20]),
        version: Ok(&latest),
    };
    let inputs = Inputs::new(head, &published).canonical(Canonical {
        version: &latest,
        commit: None,
        tag_commit: None,
    });
    criterion.bench_function("ask the chain in the steady state", |bencher| {
        bencher.iter(|| resolve(black_box(&inputs)).is_ok());
    });
}

criterion_group!(benches, histories, chain);
criterion_main!(benches);
