//! One `docker buildx build` call as a value. Pure: the same spec gives the same arguments.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::docker::name::PLATFORM;
use crate::process::invocation::Invocation;

/// Everything that decides what is built and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct BuildSpec {
    /// What the image is called here, `repository:tag`.
    pub(crate) name: String,
    /// Relative to the workspace root, which is the build context.
    pub(crate) dockerfile: &'static str,
    pub(crate) builder: String,
    pub(crate) output: Output,
    /// Named build contexts: name -> folder.
    pub(crate) contexts: BTreeMap<&'static str, PathBuf>,
    pub(crate) build_args: BTreeMap<String, String>,
    pub(crate) labels: BTreeMap<String, String>,
    /// Secret id -> where its value is. Never part of a layer or of a cache key.
    pub(crate) secrets: BTreeMap<String, SecretSource>,
    /// Whether steps may ask the SSH agent of the host.
    pub(crate) ssh: bool,
    /// At most so many crates are compiled, where that is known: for the display alone.
    pub(crate) crates: Option<usize>,
    /// The stage that is built, where that is not the last one.
    pub(crate) target: Option<&'static str>,
    /// Stages that are built again, whatever the cache holds.
    pub(crate) anew: &'static [&'static str],
    /// Where in a registry BuildKit's cache is read and kept, `registry/repository:tag`, if anywhere.
    pub(crate) cache: Option<String>,
}

/// Where the builder brings the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Into the local engine, under its name.
    Engine,
    /// Into this repository, `registry/repository`, where nothing but its digest names it.
    Registry(String),
    /// Nowhere: the build is for what its steps leave in cache mounts.
    Nowhere,
}

impl Output {
    /// The media types by name: their default changed with BuildKit 0.31, and with them an image's digest would.
    fn args(&self, name: &str) -> Vec<OsString> {
        match self {
            Self::Engine => ["--output", "type=docker,oci-mediatypes=true", "--tag", name].map(OsString::from).into(),
            Self::Registry(uri) => vec![
                "--output".into(),
                format!("type=image,name={uri},push=true,push-by-digest=true,name-canonical=true,oci-mediatypes=true")
                    .into(),
            ],
            Self::Nowhere => ["--output", "type=cacheonly"].map(OsString::from).into(),
        }
    }
}

/// Where the value of a build secret is; the value itself is in no argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// A variable of the environment.
    Variable(String),
    /// A file on the host; a relative path is one of the workspace root.
    File(PathBuf),
}

/// What buildx tells while it builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Display<'a> {
    /// What suits stderr: for people who paste the call.
    Auto,
    /// The same, and what became of the build in this file.
    AutoAnd(&'a Path),
    /// Records for [`crate::docker::progress`], and what became of the build in this file.
    Records(&'a Path),
}

/// All stages, in the form that ECR takes: it refuses an index (a builder before BuildKit 0.21 would send one). A cache that
/// cannot be kept is no reason to fail.
const CACHE_FORM: &str = "mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true";

/// Else buildx starts git six times before each build, for a provenance that nobody gets
/// (<https://docs.docker.com/build/building/variables/#buildx_git_info>).
const GIT_INFO: &str = "BUILDX_GIT_INFO";

/// Known to BuildKit's own frontend, so that no Dockerfile declares it.
const MOUNT_NAMESPACE: &str = "BUILDKIT_CACHE_MOUNT_NS";

impl BuildSpec {
    /// What the step is called in which it is built.
    pub(crate) fn step(&self) -> String {
        format!("build {} image", self.kind())
    }

    /// Which of our images it is, as the Dockerfile is called.
    pub(crate) fn kind(&self) -> &str {
        Path::new(self.dockerfile).extension().and_then(|ending| ending.to_str()).unwrap_or("colony")
    }

    pub(crate) fn to_invocation(&self, display: Display<'_>) -> Invocation {
        let mut args: Vec<OsString> = ["buildx", "build"].map(OsString::from).into();
        // The selected builder may be of a driver that cannot see local images.
        args.extend(["--builder".into(), self.builder.clone().into()]);
        args.extend(["--platform", PLATFORM].map(OsString::from));
        // Attestations make each push an index with untagged children.
        args.extend(["--provenance=false", "--sbom=false"].map(OsString::from));
        let progress = match display {
            Display::Auto | Display::AutoAnd(_) => "auto",
            Display::Records(_) => "rawjson",
        };
        args.push(format!("--progress={progress}").into());
        args.extend(["--file", self.dockerfile].map(OsString::from));
        args.extend(self.target.iter().flat_map(|stage| ["--target", stage]).map(OsString::from));
        args.extend(self.output.args(&self.name));
        if let Some(cache) = &self.cache {
            args.extend(["--cache-from".into(), format!("type=registry,ref={cache}").into()]);
            args.extend(["--cache-to".into(), format!("type=registry,ref={cache},{CACHE_FORM}").into()]);
        }
        if let Display::Records(metadata_file) | Display::AutoAnd(metadata_file) = display {
            args.extend(["--metadata-file".into(), metadata_file.into()]);
        }
        for (name, folder) in &self.contexts {
            args.extend(["--build-context".into(), pair(name, folder.as_os_str())]);
        }
        for (key, value) in &self.build_args {
            args.extend(["--build-arg".into(), pair(key, value.as_ref())]);
        }
        for (key, value) in &self.labels {
            args.extend(["--label".into(), pair(key, value.as_ref())]);
        }
        for (id, source) in &self.secrets {
            let source = match source {
                SecretSource::Variable(name) => pair(&format!("id={id},env"), name.as_ref()),
                SecretSource::File(file) => pair(&format!("id={id},src"), file.as_os_str()),
            };
            args.extend(["--secret".into(), source]);
        }
        if self.ssh {
            args.extend(["--ssh", "default"].map(OsString::from));
        }
        for stage in self.anew {
            args.extend(["--no-cache-filter", stage].map(OsString::from));
        }
        args.push(".".into());
        let call = Invocation::new("docker").args(args);
        match display {
            // Whoever pastes the call gets the same image without it.
            Display::Auto | Display::AutoAnd(_) => call,
            Display::Records(_) => call.env(GIT_INFO, "false"),
        }
    }
}

/// The build argument by which BuildKit keeps the cache mounts of one person or branch apart from those of all others, where
/// the variable of that name is set.
pub(crate) fn mount_namespace() -> Option<(String, String)> {
    let value = std::env::var(MOUNT_NAMESPACE).ok().filter(|value| !value.is_empty())?;
    Some((MOUNT_NAMESPACE.to_owned(), value))
}

fn pair(key: &str, value: &std::ffi::OsStr) -> OsString {
    let mut joined = OsString::from(key);
    joined.push("=");
    joined.push(value);
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_argument_vector_stands_in_a_fixed_order() {
        let spec = BuildSpec {
            name: "distributed-colony-base:latest".into(),
            dockerfile: "Docker/Dockerfile.base",
            builder: "default".into(),
            output: Output::Engine,
            contexts: [("plan", PathBuf::from("a b/plan"))].into(),
            build_args: [("CHEF_IMAGE".to_owned(), "chef".to_owned())].into(),
            labels: [("l".to_owned(), "v".to_owned())].into(),
            secrets: [
                ("ca".to_owned(), SecretSource::File("/etc/ca.pem".into())),
                ("token".to_owned(), SecretSource::Variable("TOKEN".to_owned())),
            ]
            .into(),
            ssh: true,
            crates: Some(1),
            target: None,
            anew: &["builder"],
            cache: Some("host.example/base-cache:cache".to_owned()),
        };
        let expected = [
            "buildx",
            "build",
            "--builder",
            "default",
            "--platform",
            "linux/amd64",
            "--provenance=false",
            "--sbom=false",
            "--progress=rawjson",
            "--file",
            "Docker/Dockerfile.base",
            "--output",
            "type=docker,oci-mediatypes=true",
            "--tag",
            "distributed-colony-base:latest",
            "--cache-from",
            "type=registry,ref=host.example/base-cache:cache",
            "--cache-to",
            "type=registry,ref=host.example/base-cache:cache,mode=max,image-manifest=true,oci-mediatypes=true,\
             ignore-error=true",
            "--metadata-file",
            "t/base.json",
            "--build-context",
            "plan=a b/plan",
            "--build-arg",
            "CHEF_IMAGE=chef",
            "--label",
            "l=v",
            "--secret",
            "id=ca,src=/etc/ca.pem",
            "--secret",
            "id=token,env=TOKEN",
            "--ssh",
            "default",
            "--no-cache-filter",
            "builder",
            ".",
        ];
        assert_eq!(spec.to_invocation(Display::Records(Path::new("t/base.json"))).args, expected);
        assert_eq!(
            (spec.kind(), BuildSpec { dockerfile: "Docker/Dockerfile", ..spec.clone() }.kind()),
            ("base", "colony")
        );
        // Pasted, it is the same build on any day.
        let pasted = spec.to_invocation(Display::Auto).args;
        assert!(!pasted.iter().any(|arg| arg == "--metadata-file" || arg == "t/base.json"), "{pasted:?}");
    }
}
