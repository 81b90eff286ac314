//! The file of a simulated tree that states its version, as the scheme reads it.

use std::ffi::OsStr;
use std::path::Path;

use crate::recipe::COMPOSE;
use crate::scheme::{HeadPlace, HeadSource, Scheme};
use crate::simulate::repository::compose;

/// The file of a release where a scheme reads the version nowhere: a release changes something, and
/// what runs knows its version.
const RELEASE_FILE: &str = "RELEASE";

/// The scheme under which what is deployed says its version.
pub(crate) fn told_by_the_app(scheme: &Scheme) -> Scheme {
    if scheme.is_stated() {
        return scheme.clone();
    }
    let place = HeadPlace {
        file: RELEASE_FILE.to_owned(),
        key: None,
    };
    scheme.clone().with_head(HeadSource::Files(vec![place]))
}

/// The path of the file that states the version.
pub(crate) fn version_path(scheme: &Scheme) -> &str {
    match scheme.head() {
        HeadSource::Label => COMPOSE,
        HeadSource::Given => RELEASE_FILE,
        HeadSource::Files(places) => places.first().map_or(RELEASE_FILE, |place| &place.file),
    }
}

/// The content of that file, where it states this version, or none.
pub(crate) fn version_file(scheme: &Scheme, version: Option<&str>) -> String {
    let key = match scheme.head() {
        HeadSource::Label => return compose(version),
        HeadSource::Given => None,
        HeadSource::Files(places) => places.first().and_then(|place| place.key.as_deref()),
    };
    let Some(key) = key else {
        return format!("{}\n", version.unwrap_or_default());
    };
    let is_toml = Path::new(version_path(scheme)).extension() == Some(OsStr::new("toml"));
    let text = |text: &str| serde_json::Value::from(text).to_string();
    match version {
        None if is_toml => String::new(),
        None => "{}\n".to_owned(),
        Some(version) if is_toml => {
            let key: Vec<_> = key.iter().map(|segment| text(segment)).collect();
            format!("{} = {}\n", key.join("."), text(version))
        }
        // JSON is YAML too.
        Some(version) => {
            let document = key.iter().rev().fold(text(version), |value, segment| {
                format!("{{{}: {value}}}", text(segment))
            });
            document + "\n"
        }
    }
}
