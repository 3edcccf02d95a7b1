//! A crates registry on the disk that takes the place of crates.io, so that tests resolve without network and cache.

use std::fs;
use std::path::Path;

/// Folder, package, version and the end of the manifest.
const PACKAGES: &[(&str, &str, &str, &str)] = &[
    ("crates", "leaf", "1.0.0", "[features]\nred = []\n"),
    ("crates", "leaf", "1.0.1", "[features]\nred = []\n"),
    ("crates", "leaf", "2.0.0", ""),
    ("crates", "twig", "1.0.0", "[dependencies]\nleaf = \"1\"\n[features]\ngreen = []\nblue = []\n"),
    ("crates", "widget", "1.0.0", ""),
    ("crates", "widget", "1.0.1", "[dependencies]\nknob = \"1\"\n"),
    ("crates", "knob", "1.0.0", ""),
    ("crates", "probe", "1.0.0", ""),
    ("crates", "probe", "1.0.1", ""),
    ("crates", "spare", "1.0.0", ""),
    ("other", "leaf", "1.0.9", "[features]\nred = []\n"),
    ("other", "widget", "1.0.9", ""),
];

/// Makes `home` a cargo home whose crates.io is a folder. A second registry, `other`, is there to patch from.
pub(crate) fn install(home: &Path) {
    for (folder, name, version, rest) in PACKAGES {
        let place = home.join(folder).join(format!("{name}-{version}"));
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n{rest}");
        // Never looked at: nothing is compiled. But the lock file tells by it that a package changed.
        let checksum = format!("{{\"files\":{{}},\"package\":\"{:0>64}\"}}", version.replace('.', ""));
        let files = [("Cargo.toml", manifest), (".cargo-checksum.json", checksum), ("src/lib.rs", String::new())];
        fs::create_dir_all(place.join("src")).expect("make the folder of a package");
        for (path, text) in files {
            fs::write(place.join(path), text).expect("write a package");
        }
    }
    let config = format!(
        "[source.crates-io]\nreplace-with = \"crates\"\n[source.crates]\ndirectory = {:?}\n\
         [registries.other]\nindex = \"https://other.invalid/index\"\n\
         [source.other]\nregistry = \"https://other.invalid/index\"\nreplace-with = \"other-folder\"\n\
         [source.other-folder]\ndirectory = {:?}\n",
        home.join("crates"),
        home.join("other"),
    );
    fs::write(home.join("config.toml"), config).expect("write cargo's configuration");
}
