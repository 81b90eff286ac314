//! The schemes that ship inside the program: the folder `presets/`.

#[derive(rust_embed::Embed)]
#[folder = "src/scheme/presets/"]
struct Shipped;

/// A scheme that ships inside the program.
pub(crate) struct Preset {
    /// Its name.
    pub name: String,
    /// The text of its file.
    pub text: String,
}

impl Preset {
    /// What it is for, in one line.
    pub(crate) fn about(&self) -> &str {
        let lines = self.text.lines();
        let mut about = lines.filter_map(|line| line.strip_prefix("about: "));
        about.next().unwrap_or_default()
    }
}

/// All of them, in the order of their names.
pub(crate) fn presets() -> impl Iterator<Item = Preset> {
    let mut paths: Vec<_> = Shipped::iter().collect();
    paths.sort();
    paths.into_iter().filter_map(|path| {
        let name = path.strip_suffix(".yaml")?;
        preset(name)
    })
}

/// One of them by its name.
pub(super) fn preset(name: &str) -> Option<Preset> {
    let file = Shipped::get(&format!("{name}.yaml"))?;
    let text = String::from_utf8(file.data.into_owned());
    Some(Preset {
        name: name.to_owned(),
        text: text.expect("a preset is UTF-8"),
    })
}
