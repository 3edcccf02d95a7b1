//! Whether the toolchain file names the toolchain that the base is made with: the one of the chef image. Pure.

use crate::failure::{ExitCode, Failure};
use crate::start_images::Resolved;
use crate::workspace::contexts::Files;
use crate::workspace::toml_tree;

/// What the toolchain file of a plan wants, with the name of the file.
fn wanted(plan: &Files) -> Option<(&str, String)> {
    let (name, text) = ["rust-toolchain.toml", "rust-toolchain"].iter().find_map(|name| plan.get_key_value(*name))?;
    // The old form is the bare name.
    let channel = match toml_tree::parse(name, text) {
        Ok(tree) => tree["toolchain"]["channel"].as_str()?.to_owned(),
        Err(_) => text.trim().to_owned(),
    };
    Some((name, channel))
}

/// Refuses a plan that wants another version than the chef image has; where that is not known, says so.
pub(super) fn require(plan: &Files, chef: &Resolved) -> Result<Option<String>, Failure> {
    let Some((file, wanted)) = wanted(plan) else { return Ok(None) };
    let image = &chef.reference;
    let Some(has) = &chef.rust else {
        return Ok(Some(format!(
            "{file} wants the toolchain `{wanted}`, and which one `{image}` has is not known: without rustup in it, its own \
             compiles"
        )));
    };
    if fits(&wanted, has) {
        return Ok(None);
    }
    Err(Failure::new(ExitCode::Usage, format!("{file} wants the toolchain `{wanted}`, and `{image}` has Rust {has}"))
        .hint("Choose another image with --chef-image or CHEF_IMAGE, such as")
        .hint(format!("  lukemathwalker/cargo-chef:latest-rust-{}-alpine", number(&wanted).unwrap_or("1.87")))
        .hint(format!("or name in {file} the version that the image has")))
}

/// The version at the beginning of a toolchain's name, such as `1.87` of `1.87-x86_64-unknown-linux-gnu`.
fn number(channel: &str) -> Option<&str> {
    channel.split('-').next().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// `stable` is whatever there is.
fn fits(wanted: &str, has: &str) -> bool {
    match number(wanted) {
        Some(number) => {
            let longer = |one: &str, other: &str| {
                one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            longer(has, number) || longer(number, has)
        }
        None => wanted.split('-').next() == Some("stable"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(name: &str, text: &str) -> Files {
        [(name.to_owned(), text.to_owned())].into()
    }

    fn chef(rust: Option<&str>) -> Resolved {
        let mut chef = Resolved::named("chef:1");
        chef.rust = rust.map(str::to_owned);
        chef
    }

    #[test]
    fn the_version_of_the_image_fits_in_every_spelling_and_stable_too() {
        for channel in ["1.87", "1.87.0", "1.87-x86_64-unknown-linux-gnu", "stable"] {
            for plan in [
                plan("rust-toolchain", channel),
                plan("rust-toolchain.toml", &format!("[toolchain]\nchannel = \"{channel}\"\n")),
            ] {
                assert_eq!(require(&plan, &chef(Some("1.87.0"))).ok(), Some(None), "{channel}");
            }
        }
        assert_eq!(require(&Files::new(), &chef(None)).ok(), Some(None));
    }

    #[test]
    fn another_one_is_refused_with_the_image_to_take() {
        for channel in ["1.8", "1.88", "nightly-2025-01-01", "beta"] {
            let failure = require(&plan("rust-toolchain", channel), &chef(Some("1.87.0"))).expect_err("it is refused");
            let message = format!("rust-toolchain wants the toolchain `{channel}`, and `chef:1` has Rust 1.87.0");
            assert_eq!(failure.message, message);
        }
        let failure = require(&plan("rust-toolchain", "1.88"), &chef(Some("1.87"))).expect_err("it is refused");
        assert!(failure.hints[1].ends_with("latest-rust-1.88-alpine"), "{:?}", failure.hints);
    }

    #[test]
    fn where_nobody_knows_what_the_image_has_that_is_said() {
        let line = require(&plan("rust-toolchain", "1.88"), &chef(None)).expect("it is no error").expect("a line");
        assert!(line.starts_with("rust-toolchain wants the toolchain `1.88`, and which one `chef:1` has is not known"));
    }
}
