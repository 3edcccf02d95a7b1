//! Which of cargo's profiles the images are built by, and whether that one makes edits slow. Pure.

use serde_json::Value;

use crate::failure::{ExitCode, Failure};

/// Cargo's default, and ours.
const RELEASE: &str = "release";

/// Those that cargo has besides: what they give goes to folders of other names, and is for no image.
const NOT_FOR_IMAGES: [&str; 4] = ["dev", "test", "bench", "debug"];

/// With fewer codegen units an edit compiles much of its crate anew; it is cargo's default for `release`.
const ENOUGH_UNITS: i64 = 16;

/// The name of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile(String);

impl Default for Profile {
    fn default() -> Self {
        Self(RELEASE.to_owned())
    }
}

impl Profile {
    /// A name that can be one of an image's profile. Whether there is such a profile is seen with the manifest.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        if NOT_FOR_IMAGES.contains(&name) {
            return Err("images are built by `release` or by a profile that has a name of its own".to_owned());
        }
        let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if is_plain {
            Ok(Self(name.to_owned()))
        } else {
            Err("a profile has a name of ASCII letters, digits, - and _".to_owned())
        }
    }

    /// As cargo takes it, and as the folder in its target directory is called.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_default(&self) -> bool {
        self.0 == RELEASE
    }

    /// The names of the sections of the root manifest that decide it, those that inherit from others first.
    pub(crate) fn chain(&self, manifest: &Value) -> Result<Vec<String>, Failure> {
        let sections = &manifest["profile"];
        let mut chain: Vec<String> = Vec::new();
        let mut next = Some(self.0.clone());
        while let Some(name) = next {
            if chain.contains(&name) {
                return Err(usage(format!("[profile.{name}] in Cargo.toml inherits from itself"))
                    .hint("Let it inherit from `release`"));
            }
            let built_in = match name.as_str() {
                RELEASE | "dev" => Some(None),
                "bench" => Some(Some(RELEASE.to_owned())),
                "test" => Some(Some("dev".to_owned())),
                _ => None,
            };
            let section = sections.get(&name);
            let parent = section.and_then(|section| section["inherits"].as_str()).map(str::to_owned);
            next = match (section, parent, built_in) {
                (_, None, Some(parent)) => parent,
                (Some(_), Some(parent), _) => Some(parent),
                (Some(_), None, None) => {
                    return Err(usage(format!("[profile.{name}] in Cargo.toml inherits from no profile"))
                        .hint("Add to it: inherits = \"release\""));
                }
                (None, _, _) => {
                    let who = match chain.last() {
                        Some(heir) => format!("[profile.{heir}] inherits from"),
                        None => "[workspace.metadata.images] profile is".to_owned(),
                    };
                    return Err(usage(format!("{who} `{name}`, and Cargo.toml has no [profile.{name}]"))
                        .hint(format!("Add to it: [profile.{name}] inherits = \"release\"")));
                }
            };
            chain.push(name);
        }
        chain.retain(|name| sections.get(name).is_some());
        Ok(chain)
    }

    /// What makes each edit slower than it has to be, what that costs, and what to set: one line, if there is anything.
    /// Incremental compilation is none of it: the base image turns that on whatever the profile says.
    pub(crate) fn costs(&self, manifest: &Value) -> Option<String> {
        let chain = self.chain(manifest).ok()?;
        let set = |key: &str| chain.iter().find_map(|name| manifest["profile"][name].get(key));
        let (mut costs, mut cures) = (Vec::new(), Vec::new());
        let lto = set("lto").filter(|lto| **lto == true || **lto == "fat" || **lto == "thin");
        if let Some(lto) = lto {
            costs.push(format!(
                "lto = {lto} optimises all crates again after every edit (with \"thin\" and 250 dependencies 81 s were \
                 measured in place of 7.5)"
            ));
            cures.push("lto = false");
        }
        if let Some(units) = set("codegen-units").and_then(Value::as_i64).filter(|units| *units < ENOUGH_UNITS) {
            costs.push(format!("codegen-units = {units} compiles much of a crate for one line of it"));
            cures.push("codegen-units = 256");
        }
        if costs.is_empty() {
            return None;
        }
        let Self(name) = self;
        let elsewhere = match self.is_default() {
            true => ", or in a profile for the images alone: profile = \"…\" in [workspace.metadata.images]",
            false => "",
        };
        Some(format!(
            "the profile `{name}` makes builds after an edit slow: {}; set {} in [profile.{name}]{elsewhere}",
            costs.join(", and "),
            cures.join(" and ")
        ))
    }
}

fn usage(message: String) -> Failure {
    Failure::new(ExitCode::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::toml_tree;

    fn manifest(text: &str) -> Value {
        toml_tree::parse("Cargo.toml", text).expect("sound TOML")
    }

    fn profile(name: &str) -> Profile {
        Profile::new(name).expect("a sound name")
    }

    fn chain(name: &str, text: &str) -> Result<Vec<String>, String> {
        profile(name).chain(&manifest(text)).map_err(|failure| {
            assert!(failure.code == ExitCode::Usage && !failure.hints.is_empty(), "{failure:?}");
            failure.message
        })
    }

    #[test]
    fn a_profile_is_decided_by_all_that_it_inherits_from_and_by_nothing_else() {
        let text = "[profile.image]\ninherits = 'quick'\n[profile.quick]\ninherits = 'release'\n[profile.release]\n\
                    lto = true\n[profile.dev]\ndebug = 0\n[profile.other]\ninherits = 'image'\n";
        let names = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(chain("image", text), names(&["image", "quick", "release"]));
        assert_eq!(chain("release", text), names(&["release"]));
        assert_eq!(chain("release", ""), names(&[]));
        assert_eq!(
            chain("image", "[profile.image]\ninherits = 'bench'\n[profile.release]\n"),
            names(&["image", "release"])
        );
        assert_eq!(chain("image", "[profile.image]\ninherits = 'dev'\n"), names(&["image"]));
    }

    #[test]
    fn a_profile_that_cannot_be_is_named() {
        let refusal = |text| chain("image", text).expect_err("it is refused");
        assert_eq!(
            refusal(""),
            "[workspace.metadata.images] profile is `image`, and Cargo.toml has no [profile.image]"
        );
        let message = "[profile.image] inherits from `gone`, and Cargo.toml has no [profile.gone]";
        assert_eq!(refusal("[profile.image]\ninherits = 'gone'\n"), message);
        assert_eq!(refusal("[profile.image]\nlto = true\n"), "[profile.image] in Cargo.toml inherits from no profile");
        let round = "[profile.image]\ninherits = 'b'\n[profile.b]\ninherits = 'image'\n";
        assert_eq!(refusal(round), "[profile.image] in Cargo.toml inherits from itself");
    }

    #[test]
    fn a_name_that_is_no_images_profile_is_refused() {
        for odd in ["dev", "test", "bench", "debug", "", "a b", "../x", "a\nb", "$(x)"] {
            assert!(Profile::new(odd).is_err(), "{odd}");
        }
        assert_eq!(profile("image_1-x").name(), "image_1-x");
    }

    fn costs(name: &str, text: &str) -> Option<String> {
        profile(name).costs(&manifest(text))
    }

    #[test]
    fn what_makes_edits_slow_is_told_in_one_line_with_the_cure() {
        let line = costs("release", "[profile.release]\nlto = 'thin'\ncodegen-units = 1\n").expect("it is slow");
        assert!(!line.contains('\n'), "{line}");
        let begin = "the profile `release` makes builds after an edit slow: lto = \"thin\" optimises all crates again";
        assert!(line.starts_with(begin), "{line}");
        let end = "; set lto = false and codegen-units = 256 in [profile.release], or in a profile for the images alone: \
                   profile = \"…\" in [workspace.metadata.images]";
        assert!(line.ends_with(end), "{line}");
        for (setting, is_slow) in [
            ("lto = true", true),
            ("lto = 'fat'", true),
            ("lto = false", false),
            ("lto = 'off'", false),
            ("codegen-units = 15", true),
            ("codegen-units = 16", false),
            ("incremental = false", false),
        ] {
            assert_eq!(costs("release", &format!("[profile.release]\n{setting}\n")).is_some(), is_slow, "{setting}");
        }
        assert_eq!(costs("release", ""), None);
    }

    #[test]
    fn of_a_profile_of_its_own_what_it_sets_counts_before_what_it_inherits() {
        let text =
            "[profile.image]\ninherits = 'release'\nlto = false\n[profile.release]\nlto = true\ncodegen-units = 1\n";
        let line = costs("image", text).expect("the units are inherited");
        assert!(line.contains("`image`") && !line.contains("lto") && line.ends_with("in [profile.image]"), "{line}");
    }
}
