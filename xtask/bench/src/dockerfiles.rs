//! The alternatives that are plain `docker buildx build` calls. Pure.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::PREFIX;
use crate::args::Alternative;

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

/// One `docker buildx build` of an alternative. The workspace root is the build context.
#[derive(Clone, Debug)]
pub(crate) struct PlainBuild {
    /// Its name in the local engine.
    image: String,
    /// Relative to the workspace root.
    pub(crate) dockerfile: &'static str,
    builder: String,
    build_args: BTreeMap<&'static str, String>,
    ca_bundle: Option<PathBuf>,
}

impl PlainBuild {
    /// What stands behind `docker`: the same flags as in our own builds, in a fixed order.
    pub(crate) fn args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = ["buildx", "build", "--builder", &self.builder].map(OsString::from).into();
        args.extend(["--platform", "linux/amd64", "--provenance=false", "--sbom=false"].map(OsString::from));
        args.extend(["--progress=plain", "--file", self.dockerfile].map(OsString::from));
        args.extend(["--output", "type=docker,oci-mediatypes=true", "--tag", &self.image].map(OsString::from));
        args.extend(["--metadata-file", METADATA_FILE].map(OsString::from));
        for (key, value) in &self.build_args {
            args.extend(["--build-arg".into(), format!("{key}={value}").into()]);
        }
        if let Some(file) = &self.ca_bundle {
            let mut secret = OsString::from("id=ca,src=");
            secret.push(file);
            args.extend(["--secret".into(), secret]);
        }
        args.push(".".into());
        args
    }
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
pub(crate) fn spec_base(settings: &Settings) -> PlainBuild {
    let mut build = plain(settings, spec_base_image(), "Docker/bench/spec-base.Dockerfile");
    build.build_args.insert("CHEF_IMAGE", settings.chef_image.clone());
    build
}

/// The build of an alternative's own image, `None` where it is no plain build. `version` differs from build to build,
/// as the stamp of a pipeline does.
pub(crate) fn colony(settings: &Settings, alternative: Alternative, version: &str) -> Option<PlainBuild> {
    let dockerfile = match alternative {
        Alternative::Spec => "Docker/bench/spec-colony.Dockerfile",
        Alternative::CargoChef => "Docker/bench/cargo-chef.Dockerfile",
        Alternative::CacheMounts => "Docker/bench/cache-mounts.Dockerfile",
        Alternative::CopyAll => "Docker/bench/copy-all.Dockerfile",
        Alternative::Limit | Alternative::Ours => return None,
    };
    let mut build = plain(settings, image(alternative), dockerfile);
    let start = match alternative {
        Alternative::Spec => ("BASE_IMAGE", spec_base_image()),
        _ => ("CHEF_IMAGE", settings.chef_image.clone()),
    };
    build.build_args.extend([
        start,
        ("RUNTIME_IMAGE", settings.runtime_image.clone()),
        ("BUILD_VERSION", version.to_owned()),
    ]);
    Some(build)
}

fn plain(settings: &Settings, image: String, dockerfile: &'static str) -> PlainBuild {
    PlainBuild {
        image,
        dockerfile,
        builder: settings.builder.clone(),
        build_args: [].into(),
        ca_bundle: settings.ca_bundle.clone(),
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
    fn the_whole_argument_vector_stands_in_a_fixed_order() {
        let settings = Settings { ca_bundle: Some("/etc/ca.pem".into()), ..settings() };
        let expected = [
            "buildx",
            "build",
            "--builder",
            "default",
            "--platform",
            "linux/amd64",
            "--provenance=false",
            "--sbom=false",
            "--progress=plain",
            "--file",
            "Docker/bench/copy-all.Dockerfile",
            "--output",
            "type=docker,oci-mediatypes=true",
            "--tag",
            "distributed-colony-bench-copy-all:latest",
            "--metadata-file",
            "target/image.json",
            "--build-arg",
            "BUILD_VERSION=1",
            "--build-arg",
            "CHEF_IMAGE=chef",
            "--build-arg",
            "RUNTIME_IMAGE=runtime",
            "--secret",
            "id=ca,src=/etc/ca.pem",
            ".",
        ];
        assert_eq!(colony(&settings, Alternative::CopyAll, "1").expect("a plain build").args(), expected);
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
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(spec.dockerfile);
            let text = std::fs::read_to_string(&path).expect(spec.dockerfile);
            let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
            assert!(head.join(" ").contains("Form: "), "{}", spec.dockerfile);
        }
    }
}
