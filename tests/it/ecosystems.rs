//! The tags of other ecosystems than Co-op Cloud's, as lists.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::folder::fed;
use crate::support::repositories::says;

/// A scheme of an operator's own, in one line.
const fn own(content: &'static str) -> (&'static str, bool) {
    (content, true)
}

/// A scheme that ships.
const fn ships(name: &'static str) -> (&'static str, bool) {
    (name, false)
}

/// Tags of public projects, the version of a head, and the tag of the release before it: the
/// project, the scheme, the tags, the head, the base.
type Fact = (
    &'static str,
    (&'static str, bool),
    &'static [&'static str],
    &'static str,
    &'static str,
);

const FACTS: [Fact; 20] = [
    (
        "ClickHouse/ClickHouse",
        ships("calver"),
        &[
            "v24.8.3.59-lts",
            "v24.8.4.13-lts",
            "v24.9.1.3278-stable",
            "v24.8.2.3-lts",
        ],
        "v24.8.4.13-lts",
        "v24.8.3.59-lts",
    ),
    (
        "home-assistant/supervisor",
        ships("calver"),
        &["2023.12.1", "2024.01.0", "2024.01.1", "242", "2023.10.1"],
        "2024.01.1",
        "2024.01.0",
    ),
    (
        "dateutil/dateutil",
        ships("python"),
        &["2.8.2", "2.9.0", "2.9.0.post0", "2.8.1"],
        "2.9.0.post0",
        "2.9.0",
    ),
    (
        "pypa/packaging",
        ships("python"),
        &["25.0", "26.0", "26.0rc1", "26.0rc3", "26.0rc2"],
        "26.0",
        "26.0rc3",
    ),
    (
        "spf13/afero",
        ships("go-module:gcsfs"),
        &[
            "gcsfs/v1.14.0",
            "gcsfs/v1.15.0",
            "sftpfs/v1.14.1",
            "v1.14.2",
        ],
        "v1.15.0",
        "gcsfs/v1.14.0",
    ),
    (
        "rust-lang/cc-rs",
        ships("cargo:find-msvc-tools"),
        &[
            "find-msvc-tools-v0.1.9",
            "find-msvc-tools-v0.1.10",
            "cc-v1.2.42",
            "1.0.99",
        ],
        "0.1.10",
        "find-msvc-tools-v0.1.9",
    ),
    (
        "rust-lang/cc-rs",
        own("tags: '(cc-v)?(?<version>[0-9].*)'\norder: semver\nhead: given"),
        &[
            "find-msvc-tools-v0.1.9",
            "cc-v1.2.42",
            "cc-v1.4.1",
            "1.0.99",
            "cc-v1.4.2",
        ],
        "1.4.2",
        "cc-v1.4.1",
    ),
    (
        "kernsuite-debian/wsclean",
        ships("debian"),
        &[
            "debian/3.4-1kern2",
            "debian/3.4-2kern1",
            "debian/3.1-1kern5",
            "upstream/3.4",
        ],
        "3.7-1kern1",
        "debian/3.4-2kern1",
    ),
    (
        "astropy/photutils, a development release",
        ships("python"),
        &["1.0.2", "1.1.0.dev", "1.1.0"],
        "1.2.0.dev",
        "1.1.0",
    ),
    (
        "0mp/openssh-debian",
        ships("debian"),
        &[
            "debian/1%9.7p1-7",
            "debian/1%9.8p1-1",
            "debian/1%9.8p1-2",
            "debian/1%7.9p1-10+deb10u2",
            "debian/7.3p1-3",
            "patched/1%7.9p1-1",
        ],
        "1:9.8p1-3",
        "debian/1%9.8p1-2",
    ),
    (
        "0mp/openssh-debian, whose older tags leave the epoch out",
        ships("debian"),
        &[
            "debian/7.3p1-3",
            "debian/7.3p1-2",
            "debian/1%6.7p1-5+deb8u4",
        ],
        "1:7.3p1-4",
        "debian/1%6.7p1-5+deb8u4",
    ),
    (
        "kubernetes-sigs/metrics-server",
        own("tag-prefix: metrics-server-helm-chart-\norder: semver\nhead: given"),
        &[
            "metrics-server-helm-chart-3.8.4",
            "metrics-server-helm-chart-3.12.2",
            "v0.7.2",
        ],
        "3.13.0",
        "metrics-server-helm-chart-3.12.2",
    ),
    (
        "libexpat/libexpat",
        own("tags: 'R_(?<version>[0-9_]+)'\norder: numeric\nhead: given"),
        &[
            "R_2_4_9",
            "R_2_5_0",
            "R_2_10_1",
            "V19990728",
            "libexpat-alpha-1",
        ],
        "2.11.0",
        "R_2_10_1",
    ),
    (
        "curl/curl",
        own("tag-prefix: curl-\norder: numeric\nhead: given"),
        &[
            "curl-8_9_1",
            "curl-8_10_0",
            "curl-8_10_1",
            "tiny-curl-8_4_0",
        ],
        "8.11.0",
        "curl-8_10_1",
    ),
    (
        "changesets/changesets",
        own("part-tag-prefix: '@changesets/{name}@'\norder: semver\nhead: given"),
        &[
            "@changesets/cli@3.0.0-next.12",
            "@changesets/cli@3.0.1",
            "@changesets/types@7.0.0",
        ],
        "3.0.2",
        "@changesets/cli@3.0.1",
    ),
    (
        "linuxserver/docker-sonarr",
        own("tags: '(?<version>[0-9.]+)-ls[0-9]+'\norder: numeric\nhead: given"),
        &[
            "4.0.9.2244-ls257",
            "4.0.10.2544-ls260",
            "develop-4.0.19.2979-ls1",
            "176",
        ],
        "4.0.19.2979",
        "4.0.10.2544-ls260",
    ),
    (
        "ceph/teuthology#1090: a suffix of the distribution hides that two are the same",
        own("tags: 'v(?<version>[0-9.]+[0-9])(\\.el[0-9]+)?'\norder: numeric\nhead: given"),
        &["v14.2.1.el7", "v14.2.0.el7", "v13.2.9.el8"],
        "14.2.1",
        "v14.2.0.el7",
    ),
    (
        "k3s-io/k3s-upgrade",
        own("tag-prefix: ''\norder: coop-cloud\nhead: given"),
        &[
            "v1.30.1+k3s1",
            "v1.30.1-rc1+k3s1",
            "v1.30.0+k3s9",
            "v1.30.0+k3s10",
        ],
        "v1.30.1-rc1+k3s1",
        "v1.30.0+k3s10",
    ),
    (
        "library/nginx",
        ships("image"),
        &[
            "1.27.3-alpine",
            "1.27.3",
            "1.27.2-alpine",
            "1.27.3-bookworm",
            "alpine",
            "latest",
        ],
        "1.27.4-alpine",
        "1.27.3-alpine",
    ),
    (
        "golang/go",
        own("tags: 'go(?<version>[0-9.]+)'\norder: numeric\nhead: given"),
        &[
            "go1.22",
            "go1.22.1",
            "go1.9.7",
            "go1.22rc2",
            "weekly.2012-03-27",
        ],
        "1.22.2",
        "go1.22.1",
    ),
];

/// The part that is tested where a scheme of an operator's own knows parts.
const PART: &str = "packages/cli";

#[test]
fn the_tag_before_the_head_is_the_base_in_each_ecosystem() {
    let folder = TempDir::new().unwrap();
    for (index, (project, (scheme, is_own), tags, head, base)) in FACTS.into_iter().enumerate() {
        let mut scheme = scheme.to_owned();
        if is_own {
            let file = folder.path().join(format!("{index}.yaml"));
            std::fs::write(&file, &scheme).unwrap();
            let part = if scheme.contains("part-") {
                format!(":{PART}")
            } else {
                String::new()
            };
            scheme = format!("{}{part}", file.display());
        }
        let list = tags.join("\n");
        let args = [
            "resolve",
            "--scheme",
            &scheme,
            "--tags",
            "-",
            "--head-version",
            head,
        ];
        let run = fed(&[&args[..], &["--format", "json"]].concat(), &list);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{project}");
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(plan["plan"]["tag"], base, "{project}: {plan}");
        assert_eq!(plan["delta"], "forward", "{project}");
        assert_eq!(plan["plan"]["commit"], Value::Null);
        assert_eq!(plan["head"]["commit"], Value::Null);
        // The order of the list decides nothing, and on the night after that release it is the
        // canonical.
        let reversed: Vec<_> = tags.iter().rev().copied().collect();
        let night = ["--canonical-version", head, "--format", "json"];
        let run = fed(&[&args[..], &night].concat(), &reversed.join("\n"));
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(plan["plan"]["tag"], base, "{project}: {plan}");
        assert_eq!(plan["rung"], "step-back", "{project}");
    }
}

const HEAD: &[&str] = &["--head-version", "1.2.0"];

/// Words after `resolve --tags -`, the list, the exit code, and what is said.
const ASKED: [(&[&str], &str, i32, &str); 11] = [
    (HEAD, "", 3, "there is no tag at all"),
    (
        HEAD,
        "latest\nstable\n",
        3,
        "there are 2 tags, such as latest, stable",
    ),
    (
        HEAD,
        "v1.2.0\n",
        3,
        "no version older than the head 1.2.0 is listed",
    ),
    (
        HEAD,
        "NAME  VERSION\nweb  1.2.0\n",
        3,
        "line 1 has white space",
    ),
    (
        &["--head-version", "new"],
        "v1.0.0",
        2,
        "'--head-version <VERSION>'",
    ),
    (&[], "v1.0.0", 2, "--head-version <VERSION>"),
    (
        &["--head-version", "1.2.0", "--override", "1.1.0"],
        "v1.0.0",
        3,
        "1.1.0",
    ),
    (
        &["--head-version", "1.2.0", "--fallback", "main-tip"],
        "v1.0.0",
        2,
        "has no branches",
    ),
    (
        &["--head-version", "1.2.0", "--head", "main"],
        "v1.0.0",
        2,
        "cannot be used with",
    ),
    (
        &["--head-version", "1.2.0"],
        "web-1.1.0\nv1.0.0",
        0,
        "such as web-1.1.0",
    ),
    (
        &["--head-version", "1.2.0", "--not-applicable", "x"],
        "",
        0,
        "no upgrade to test: x",
    ),
];

#[test]
fn what_a_list_cannot_answer_is_told() {
    let ask = |args: &[&str], list: &str| {
        let all = ["resolve", "--tags", "-", "--scheme", "semver"];
        let run = fed(&[&all, args].concat(), list);
        (run.code, format!("{}{}", run.stdout, run.stderr))
    };
    for (args, list, code, message) in ASKED {
        let (found, said) = ask(args, list);
        assert_eq!(found, code, "{list}: {said}");
        says(&said, &[message]);
    }
    let page: String = (0..100).fold(String::new(), |list, patch| {
        list + "v1.0." + &patch.to_string() + "\n"
    });
    says(
        &ask(HEAD, &page).1,
        &["the list has 100 names", "may be cut"],
    );
    says(
        &ask(HEAD, &(page + "v1.1.0\n")).1,
        &["upgrade from 1.1.0 to 1.2.0\n\n"],
    );
}
