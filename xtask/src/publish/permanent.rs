//! The tag of a colony image that never moves. Pure.

use anyhow::Context;

use crate::docker::name::Tag;
use crate::process::invocation::Invocation;
use crate::workspace::commit::Commit;

/// In place of the ID of an image that is not built yet. The shell variable of this name holds the digits in a dry run's
/// lines.
pub(super) const UNKNOWN_ID: &str = "IMAGE_ID";

/// The line for a shell that sets that variable to the digits that stand in the tag.
pub(super) fn id_line(image: &str) -> String {
    let ask = format!("{{{{slice .Id {} {}}}}}", ID_PREFIX.len(), ID_PREFIX.len() + DIGITS);
    let call = Invocation::new("docker").args(["image", "inspect", "--format", &ask, image]);
    format!("{UNKNOWN_ID}=$({call})")
}

/// A line for a shell with that variable in place of the unknown digits.
pub(super) fn with_id(line: &str) -> String {
    line.replace(UNKNOWN_ID, &format!("\"${UNKNOWN_ID}\""))
}

/// How every image ID begins.
const ID_PREFIX: &str = "sha256:";

/// How many hexadecimal digits of a commit and of an image ID are enough.
const DIGITS: usize = 12;

/// Commit (or the build version where there is none) and image ID: the ID makes it impossible that the tag ever means
/// two images, since one commit gives another image on another base or from a changed tree.
pub(crate) fn permanent_tag(commit: Option<&Commit>, version: &str, image_id: &str) -> anyhow::Result<Tag> {
    let origin = match commit {
        Some(Commit { hash, dirty: false }) => hash.chars().take(DIGITS).collect(),
        Some(Commit { hash, dirty: true }) => format!("{}-dirty", hash.chars().take(DIGITS).collect::<String>()),
        None => version.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(64).collect(),
    };
    let id: String = digits(image_id).collect();
    // Neither `.` nor `-` may come first, and a build version is any text.
    let text = format!("{}-{id}", origin.trim_start_matches(['.', '-']));
    text.trim_start_matches('-')
        .parse::<Tag>()
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("name the tag {text}"))
}

/// Whether the name ends with such a tag of that very image, and so can never come to mean another one.
pub(super) fn is_permanent(name: &str, image_id: &str) -> bool {
    let id: String = digits(image_id).collect();
    id.len() == DIGITS && tag_of(name).is_some_and(|tag| tag.rsplit('-').next() == Some(&id))
}

/// The tag in a name of an image.
pub(super) fn tag_of(name: &str) -> Option<&str> {
    // What follows a port is a path, which no tag is.
    name.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'))
}

/// What the image of such a tag came from: a commit, with `-dirty` behind it where the files differed, or a build version.
/// `None` for a tag of another kind.
pub(crate) fn origin(tag: &str) -> Option<&str> {
    let (origin, id) = tag.rsplit_once('-').unwrap_or(("", tag));
    let is_id = id.len() == DIGITS && id.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    is_id.then_some(origin)
}

/// The commit in such a tag, as far as it stands there, and whether the files differed from it.
pub(crate) fn commit_of(tag: &str) -> Option<(&str, bool)> {
    let origin = origin(tag)?;
    let (commit, dirty) = origin.strip_suffix("-dirty").map_or((origin, false), |commit| (commit, true));
    let is_commit = commit.len() == DIGITS && commit.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    is_commit.then_some((commit, dirty))
}

fn digits(image_id: &str) -> impl Iterator<Item = char> + '_ {
    image_id.strip_prefix(ID_PREFIX).unwrap_or(image_id).chars().take(DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "sha256:0123456789abcdef";

    fn tag(commit: Option<&Commit>, version: &str) -> String {
        permanent_tag(commit, version, ID).expect("a good tag").to_string()
    }

    #[test]
    fn the_commit_names_a_clean_tree_and_says_when_it_is_dirty() {
        let commit = |dirty| Commit { hash: "f".repeat(40), dirty };
        assert_eq!(tag(Some(&commit(false)), "v"), "ffffffffffff-0123456789ab");
        assert_eq!(tag(Some(&commit(true)), "v"), "ffffffffffff-dirty-0123456789ab");
    }

    #[test]
    fn a_dry_run_takes_the_digits_from_the_image_that_its_own_lines_build() {
        let line = "IMAGE_ID=$(docker image inspect --format '{{slice .Id 7 19}}' colony:latest)";
        assert_eq!(id_line("colony:latest"), line);
        assert_eq!(permanent_tag(None, "v", UNKNOWN_ID).expect("a good tag").to_string(), "v-IMAGE_ID");
    }

    #[test]
    fn a_permanent_name_is_known_by_the_digits_of_its_own_image() {
        for name in
            ["host.example:5000/team/colony:ffffffffffff-0123456789ab", "colony:v-0123456789ab", "c:0123456789ab"]
        {
            assert!(is_permanent(name, ID), "{name}");
        }
        for name in [
            "host.example:5000/team/colony:latest",
            "host.example:5000/colony-0123456789ab",
            "colony:ffffffffffff-0123456789ac",
            "colony:ffffffffffff-x0123456789ab",
            "colony-0123456789ab",
        ] {
            assert!(!is_permanent(name, ID), "{name}");
        }
        assert!(!is_permanent("colony:v-1", "sha256:1"), "no ID is as short as that");
    }

    #[test]
    fn such_a_tag_tells_where_its_image_came_from() {
        assert_eq!(commit_of("ffffffffffff-0123456789ab"), Some(("ffffffffffff", false)));
        assert_eq!(commit_of("ffffffffffff-dirty-0123456789ab"), Some(("ffffffffffff", true)));
        assert_eq!((origin("1.4.2-0123456789ab"), commit_of("1.4.2-0123456789ab")), (Some("1.4.2"), None));
        for tag in ["latest", "1.4.2", "1.4.2-rc.1", "ffffffffffff-0123456789aB", "ffffffffffff-0123456789abc"] {
            assert_eq!(origin(tag), None, "{tag}");
        }
    }

    #[test]
    fn without_git_the_build_version_does_in_the_characters_of_a_tag() {
        assert_eq!(tag(None, "2026-11-22T18:05:11Z"), "2026-11-22T180511Z-0123456789ab");
        assert_eq!(tag(None, "--: :"), "0123456789ab");
    }
}
