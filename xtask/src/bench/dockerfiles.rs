//! The alternatives that are plain `docker buildx build` calls. Pure.

use std::path::PathBuf;

use crate::build_spec::BuildSpec;

use super::PREFIX;
use super::args::Alternative;

/// Nobody reads it; in a folder that is no part of the context.
const METADATA_FILE: &str = "target/image.json";

/// What all builds of a run have in common.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) builder: String,
    pub(crate) chef_image: String,
    pub(crate) runtime_image: String,
    pub(crate) ca_bundle: Option<PathBuf>,
}

/// The name of the image that an alternative makes.
pub(crate) fn image(alternative: Alternative) -> String {
    format!("{PREFIX}-{}:latest", alternative.name())
}

/// Our base, in which cargo alone works too.
pub(crate) fn base_image() -> String {
    format!("{PREFIX}-base:latest")
}

/// The base of the specification's two images.
pub(crate) fn spec_base_image() -> String {
    format!("{PREFIX}-spec-base:latest")
}

/// The build of the specification's base image.
pub(crate) fn spec_base(settings: &Settings) -> BuildSpec {
    let mut spec = plain(settings, spec_base_image(), "Docker/bench/spec-base.Dockerfile");
    spec.build_args.insert("CHEF_IMAGE", settings.chef_image.clone());
    spec
}

/// The build of an alternative's own image, `None` where it is no plain build. `version` differs from build to build,
/// as the stamp of a pipeline does.
pub(crate) fn colony(settings: &Settings, alternative: Alternative, version: &str) -> Option<BuildSpec> {
    let dockerfile = match alternative {
        Alternative::Spec => "Docker/bench/spec-colony.Dockerfile",
        Alternative::CargoChef => "Docker/bench/cargo-chef.Dockerfile",
        Alternative::CacheMounts => "Docker/bench/cache-mounts.Dockerfile",
        Alternative::CopyAll => "Docker/bench/copy-all.Dockerfile",
        Alternative::Limit | Alternative::Ours => return None,
    };
    let mut spec = plain(settings, image(alternative), dockerfile);
    let builder = match alternative {
        Alternative::Spec => ("BASE_IMAGE", spec_base_image()),
        _ => ("CHEF_IMAGE", settings.chef_image.clone()),
    };
    spec.build_args.extend([
        builder,
        ("RUNTIME_IMAGE", settings.runtime_image.clone()),
        ("BUILD_VERSION", version.to_owned()),
    ]);
    Some(spec)
}

fn plain(settings: &Settings, image: String, dockerfile: &'static str) -> BuildSpec {
    BuildSpec {
        name: image,
        metadata_file: METADATA_FILE.into(),
        dockerfile,
        builder: settings.builder.clone(),
        contexts: [].into(),
        build_args: [].into(),
        labels: [].into(),
        secrets: settings.ca_bundle.clone().map(|path| ("ca", path)).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            builder: "default".to_owned(),
            chef_image: "chef".to_owned(),
            runtime_image: "runtime".to_owned(),
            ca_bundle: None,
        }
    }

    #[test]
    fn the_specs_colony_starts_from_the_specs_base_and_the_others_from_the_chef_image() {
        let args = |alternative| colony(&settings(), alternative, "1").map(|spec| spec.build_args);
        let spec = args(Alternative::Spec).expect("a plain build");
        assert_eq!(spec["BASE_IMAGE"], spec_base_image());
        assert!(!spec.contains_key("CHEF_IMAGE"));
        assert_eq!(args(Alternative::CopyAll).expect("a plain build")["CHEF_IMAGE"], "chef");
        assert!(args(Alternative::Limit).is_none() && args(Alternative::Ours).is_none());
    }

    #[test]
    fn every_dockerfile_stands_in_the_workspace_and_says_where_its_form_is_from() {
        let alternatives = [Alternative::Spec, Alternative::CargoChef, Alternative::CacheMounts, Alternative::CopyAll];
        let specs = alternatives.map(|alternative| colony(&settings(), alternative, "1").expect("a plain build"));
        for spec in specs.into_iter().chain([spec_base(&settings())]) {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(spec.dockerfile);
            let text = std::fs::read_to_string(&path).expect(spec.dockerfile);
            let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
            assert!(head.join(" ").contains("Form: "), "{}", spec.dockerfile);
        }
    }
}
