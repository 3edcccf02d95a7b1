//! The workspace's own compose file: whether there is one, and which services it names. Compose knows more of YAML than
//! this; where the text is not plain enough, nothing is known.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// Relative to the workspace root.
pub(crate) const COMPOSE_FILE: &str = "Docker/compose.yaml";

/// The services of a colony, for which `up` and its flags know more than for others.
pub(crate) const COLONY: [&str; 2] = ["coordinator", "backend"];

/// The text of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComposeFile(String);

impl ComposeFile {
    /// `None` where there is none; one that cannot be read is for compose to complain about.
    pub(crate) fn find(root: &Path) -> Option<Self> {
        let path = root.join(COMPOSE_FILE);
        path.exists().then(|| Self(fs::read_to_string(path).unwrap_or_default()))
    }

    /// The same for those who cannot do without.
    pub(crate) fn require(root: &Path) -> Result<Self, Failure> {
        Self::find(root).ok_or_else(|| {
            Failure::precondition(format!("this workspace has no {COMPOSE_FILE}, so there is nothing to run"))
                .hint("Write one, whose services have `image: ${COLONY_IMAGE}`: https://docs.docker.com/compose/")
                .hint("To build the image alone: cargo xtask build-colony --no-push")
        })
    }

    /// The names of all services in their order, where the text tells them: plain keys, one a line, and no other file.
    pub(crate) fn services(&self) -> Option<Vec<String>> {
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let says = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let mut lines = self.0.lines().filter(says);
        if self.0.lines().any(|line| line.starts_with("include:")) {
            return None;
        }
        lines.find(|line| line.trim_end() == "services:")?;
        let block: Vec<&str> = lines.take_while(|line| line.starts_with(' ')).collect();
        let first = indent(block.first()?);
        let keys = block.iter().filter(|line| indent(line) <= first);
        let name = |line: &&str| {
            let name = line.trim().strip_suffix(':').filter(|_| indent(line) == first)?;
            name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)).then(|| name.to_owned())
        };
        keys.map(name).collect()
    }

    /// Whether it starts what this program was made for: a world that ticks.
    pub(crate) fn is_colony(&self) -> bool {
        self.services().is_some_and(|services| services == COLONY)
    }
}

/// The services of the workspace at `root`, as far as they are known.
pub(crate) fn services_at(root: &Path) -> Vec<String> {
    ComposeFile::find(root).and_then(|file| file.services()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::own_name::tests::named;

    fn services(text: &str) -> Option<Vec<String>> {
        ComposeFile(text.to_owned()).services()
    }

    #[test]
    fn ours_starts_a_colony_under_the_names_of_our_table() {
        let text = include_str!("../../../Docker/compose.yaml");
        assert!(ComposeFile(text.to_owned()).is_colony());
        let own = named("distributed-colony");
        assert!(text.contains(&format!("\nname: {}\n", own.project())), "{text}");
        assert!(text.contains(&format!("image: ${{COLONY_IMAGE:-{own}:latest}}\n")), "{text}");
        // The network is the project's.
        assert!(!text.contains("networks:") && !text.contains("container_name:"), "{text}");
    }

    #[test]
    fn services_are_the_keys_of_one_block_whatever_stands_around_it() {
        let text = "name: x\n\nservices:\n    # the first\n    web:\n        command: |\n          key:\n\n    db_1.a:\n\
                    \x20       image: y\nvolumes:\n    data:\n";
        assert_eq!(services(text), Some(vec!["web".to_owned(), "db_1.a".to_owned()]));
        assert!(!ComposeFile(text.to_owned()).is_colony());
    }

    #[test]
    fn where_the_text_is_not_plain_nothing_is_known() {
        for text in [
            "",
            "services: { web: {} }\n",
            "services:\n  <<: *all\n  web:\n",
            "services:\n  \"web\":\n    image: x\n",
            "include: [other.yaml]\nservices:\n  web:\n    image: x\n",
        ] {
            assert_eq!(services(text), None, "{text}");
        }
    }
}
