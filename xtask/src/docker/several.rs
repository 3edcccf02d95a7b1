//! Local images under several names by one question: docker takes longer to start than to answer.

use std::collections::BTreeMap;

use crate::docker::{Docker, JSON, LocalImage, call, no_engine, read_lines};

impl Docker<'_> {
    /// Those of the images that are here, by reference. Never asks a registry.
    pub(crate) fn images(&self, references: &[&str]) -> anyhow::Result<BTreeMap<String, LocalImage>> {
        let told = if references.len() > 1 { self.told(references)? } else { Told::default() };
        let found = references.iter().filter_map(|reference| {
            let known = match told.images.iter().find(|image| image.is_called(reference)) {
                Some(image) => Ok(Some(image.clone())),
                None if told.is_missing(reference) => Ok(None),
                // Docker may write its name in another way; what went wrong is told here too.
                None => self.image(reference),
            };
            known.map(|image| Some(((*reference).to_owned(), image?))).transpose()
        });
        found.collect()
    }

    fn told(&self, references: &[&str]) -> anyhow::Result<Told> {
        let call = call::docker(["image", "inspect", "--format", JSON]).args(references.iter().copied());
        let answer = self.runner().probe(&call)?;
        if let Some(failure) = no_engine(&answer.stderr).filter(|_| !answer.success) {
            return Err(failure.into());
        }
        Ok(Told { images: read_lines(&answer.stdout, &call)?, stderr: answer.stderr.to_lowercase() })
    }
}

/// What docker told of the images, and in lower case of those that are not there.
#[derive(Default)]
struct Told {
    images: Vec<LocalImage>,
    stderr: String,
}

impl Told {
    /// Docker adds the tag that a reference leaves out.
    fn is_missing(&self, reference: &str) -> bool {
        let reference = reference.to_lowercase();
        let words = [format!("no such image: {reference}"), format!("no such image: {reference}:latest")];
        self.stderr.lines().any(|line| words.iter().any(|words| line.trim_end().ends_with(words)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_reference_is_missing() {
        let told = |stderr: &str| Told { stderr: stderr.to_lowercase(), ..Told::default() };
        let missing =
            told("Error response from daemon: No such image: host/team/app:Tag\nError: No such image: cc:latest");
        assert!(missing.is_missing("host/team/app:Tag") && missing.is_missing("cc") && missing.is_missing("cc:latest"));
        assert!(!missing.is_missing("app:Tag") && !missing.is_missing("host/team/app"));
        assert!(!told("permission denied").is_missing("cc"));
    }
}
