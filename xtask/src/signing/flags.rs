//! The argument vectors of cosign, whose second and third major version want different ones. Pure.
//!
//! With a key nothing goes to the public transparency log, and nothing is asked of it: cosign 2 takes a flag for that; for
//! cosign 3 the flag contradicts the services that it looks up by default, and a list without any takes its place.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use crate::signing::identity::Identity;

/// Which of the two command lines a cosign understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// 2.0 to 2.6: a signature is a tag beside the image, `sha256-<digest>.sig`.
    Second,
    /// From 3.0 on: a signature is a referrer of the image.
    Third,
}

/// Whose signature is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// Of a public key, as cosign takes it.
    Key(OsString),
    Identity(Identity),
}

/// What cosign 3 is to use in place of the services of Sigstore: none.
pub(super) const NO_SERVICES: &str =
    r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;

/// In place of the list of whom Sigstore trusts, which cosign 3 would fetch to look at what it signed with a key.
pub(super) const NO_ROOT: &str = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

/// Where the two files lie that cosign 3 needs to sign with a key alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alone<'a> {
    pub(super) services: &'a Path,
    pub(super) root: &'a Path,
}

impl Generation {
    /// By the version as cosign tells it, `v2.5.0`. `None` where it is older than both, or no version.
    pub(crate) fn of(version: &str) -> Option<Self> {
        let major = version.trim_start_matches('v').split('.').next()?;
        match major.parse::<u32>().ok()? {
            0 | 1 => None,
            2 => Some(Self::Second),
            // Whatever comes next is likelier to know the newer flags.
            _ => Some(Self::Third),
        }
    }

    /// By what `cosign sign --help` says, for a build that names no version. 2.6 knows the newer flags too, but does not go
    /// by them unless told.
    pub(super) fn of_help(help: &str) -> Option<Self> {
        if help.contains("--use-signing-config=true") {
            Some(Self::Third)
        } else if help.contains("--tlog-upload") {
            Some(Self::Second)
        } else {
            None
        }
    }

    /// Signs the image of that digest. Without a key: by the identity that the surroundings give.
    pub(super) fn sign(self, key: Option<OsString>, alone: Alone<'_>, pinned: &str) -> Vec<OsString> {
        let mut args = words(["sign", "--yes"]);
        if let Some(key) = key {
            args.extend(["--key".into(), key]);
            args.extend(match self {
                Self::Second => words(["--tlog-upload=false"]),
                Self::Third => [("--signing-config", alone.services), ("--trusted-root", alone.root)]
                    .into_iter()
                    .flat_map(|(flag, file)| [flag.into(), file.into()])
                    .collect(),
            });
        }
        args.extend(transport(pinned));
        args.push(pinned.into());
        args
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "cosign 2",
            Self::Third => "cosign 3",
        })
    }
}

/// Asks whether that author signed the image of that digest. All versions take the same.
pub(super) fn verify(author: &Author, pinned: &str) -> Vec<OsString> {
    let mut args = words(["verify"]);
    match author {
        Author::Key(key) => {
            args.extend(["--key".into(), key.clone()]);
            args.extend(words(["--insecure-ignore-tlog=true"]));
        }
        Author::Identity(Identity { subject, issuer }) => {
            args.extend(words(["--certificate-identity", subject, "--certificate-oidc-issuer", issuer]));
        }
    }
    // A variable may set any flag that is not said, and without this one a signature of another image would do.
    args.extend(words(["--check-claims=true"]));
    args.extend(transport(pinned));
    args.push(pinned.into());
    args
}

fn words<const N: usize>(words: [&str; N]) -> Vec<OsString> {
    words.map(OsString::from).into()
}

/// A registry on this machine, which a test has, speaks no TLS.
fn transport(pinned: &str) -> Option<OsString> {
    let host = pinned.split('/').next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["127.0.0.1", "localhost", "[::1]"].contains(&name).then(|| "--allow-http-registry".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PINNED: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/colony@sha256:4444";

    fn signed(generation: Generation, key: Option<&str>) -> String {
        let alone = Alone { services: Path::new("services.json"), root: Path::new("root.json") };
        line(generation.sign(key.map(OsString::from), alone, PINNED))
    }

    fn line(args: Vec<OsString>) -> String {
        args.join(" ".as_ref()).into_string().expect("UTF-8")
    }

    #[test]
    fn the_major_version_tells_the_flags_apart() {
        let of = |version| Generation::of(version);
        assert_eq!([of("v2.0.0"), of("v2.5.0"), of("2.6.4")], [Some(Generation::Second); 3]);
        assert_eq!([of("v3.0.0"), of("3.1.2"), of("v4.0.0")], [Some(Generation::Third); 3]);
        assert_eq!([of("v1.13.1"), of("devel"), of("")], [None; 3]);
    }

    #[test]
    fn a_build_without_a_version_is_known_by_its_help() {
        let of = Generation::of_help;
        assert_eq!(of("    --tlog-upload=true:\n\twhether or not to upload to the tlog"), Some(Generation::Second));
        let both = "    --tlog-upload=true:\n    --use-signing-config=false:\n";
        assert_eq!(of(both), Some(Generation::Second));
        assert_eq!(of(&both.replace("false", "true")), Some(Generation::Third));
        assert_eq!(of("    --key='':"), None);
    }

    #[test]
    fn a_key_signs_without_any_service_of_sigstore() {
        let second = format!("sign --yes --key cosign.key --tlog-upload=false {PINNED}");
        assert_eq!(signed(Generation::Second, Some("cosign.key")), second);
        let third = format!(
            "sign --yes --key awskms:///alias/a --signing-config services.json --trusted-root root.json {PINNED}"
        );
        assert_eq!(signed(Generation::Third, Some("awskms:///alias/a")), third);
    }

    #[test]
    fn without_a_key_the_services_are_those_of_sigstore() {
        for generation in [Generation::Second, Generation::Third] {
            assert_eq!(signed(generation, None), format!("sign --yes {PINNED}"));
        }
    }

    #[test]
    fn a_key_verifies_without_the_log_and_an_identity_with_it() {
        let by_key = verify(&Author::Key("cosign.pub".into()), PINNED);
        let expected = format!("verify --key cosign.pub --insecure-ignore-tlog=true --check-claims=true {PINNED}");
        assert_eq!(line(by_key), expected);
        let identity = Identity { subject: "s".to_owned(), issuer: "https://i.example".to_owned() };
        let expected = format!(
            "verify --certificate-identity s --certificate-oidc-issuer https://i.example --check-claims=true {PINNED}"
        );
        assert_eq!(line(verify(&Author::Identity(identity), PINNED)), expected);
    }

    #[test]
    fn only_a_registry_on_this_machine_is_spoken_to_without_tls() {
        let flag = "--allow-http-registry";
        for host in ["127.0.0.1:5000", "localhost", "localhost:5000", "[::1]:5000"] {
            let args = verify(&Author::Key("k".into()), &format!("{host}/colony@sha256:4"));
            assert!(args.contains(&OsString::from(flag)), "{host}");
        }
        assert!(!line(verify(&Author::Key("k".into()), PINNED)).contains(flag));
        assert!(!line(verify(&Author::Key("k".into()), "localhost.example/c@sha256:4")).contains(flag));
    }
}
