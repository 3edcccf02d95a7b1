//! A repository whose tags mean images, as the fake aws plays it.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_world::{GET_IMAGE, LIST, PUT_IMAGE};
use crate::outcome::Outcome;
use crate::support::Fixture;
use crate::workspace::Workspace;

pub(crate) const URI: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/distributed-colony";

/// Of the repository that the calls are about.
const PLACE: [&str; 2] = ["--repository-name", "distributed-colony"];

/// A digest made of one digit.
pub(crate) fn digest(digit: char) -> String {
    format!("sha256:{}", String::from(digit).repeat(64))
}

/// The manifest that the fake has of such an image; its configuration has the digest of the digit doubled.
pub(crate) fn manifest(digit: char) -> String {
    format!("{{\n   \"config\": {{ \"digest\": \"sha256:{digit}{digit}\" }}\n}}")
}

/// What `batch-get-image` answers: each tag, or `None` for a question by digest, with its image.
pub(crate) fn manifests(images: &[(Option<&str>, char)]) -> Answer {
    let one = |(tag, digit): &(Option<&str>, char)| {
        let mut id = json!({ "imageDigest": digest(*digit) });
        if let Some(tag) = tag {
            id["imageTag"] = (*tag).into();
        }
        let kind = "application/vnd.docker.distribution.manifest.v2+json";
        json!({ "imageId": id, "imageManifest": manifest(*digit), "imageManifestMediaType": kind })
    };
    let images: Vec<Value> = images.iter().map(one).collect();
    Answer::stdout(json!({ "images": images, "failures": [] }).to_string())
}

/// What `describe-images` answers: each image with its tags and the second of its push.
pub(crate) fn list(images: &[(char, &[&str], u32)]) -> Answer {
    let one = |(digit, tags, pushed_at): &(char, &[&str], u32)| {
        json!({
            "imageDigest": digest(*digit), "imageTags": tags, "imagePushedAt": f64::from(*pushed_at),
            "imageSizeInBytes": 18_800_000, "artifactMediaType": "application/vnd.docker.container.image.v1+json",
        })
    };
    let images: Vec<Value> = images.iter().map(one).collect();
    Answer::stdout(json!({ "imageDetails": images }).to_string())
}

impl Fixture<'_> {
    /// The repository has these images.
    pub(crate) fn lists(self, images: &[(char, &[&str], u32)]) -> Self {
        self.answer(LIST, list(images))
    }

    /// The question for this tag alone gets this answer; said again, the one after it.
    pub(crate) fn tag_means(self, tag: &str, digit: Option<char>) -> Self {
        let ([aws, ecr, get], [flag, name]) = (GET_IMAGE, PLACE);
        let id = format!("imageTag={tag}");
        let found: Vec<_> = digit.iter().map(|digit| (Some(tag), *digit)).collect();
        self.answer([aws, ecr, get, flag, name, "--image-ids", &id, "--accepted-media-types"], manifests(&found))
    }

    /// The question for this digest alone gets its image.
    pub(crate) fn digest_is_there(self, digit: char) -> Self {
        let ([aws, ecr, get], [flag, name]) = (GET_IMAGE, PLACE);
        let id = format!("imageDigest={}", digest(digit));
        self.answer([aws, ecr, get, flag, name, "--image-ids", &id], manifests(&[(None, digit)]))
    }

    /// The question for this tag with its two records gets this answer.
    pub(crate) fn records(self, tag: &str, meaning: [Option<char>; 3]) -> Self {
        let ([aws, ecr, get], [flag, name]) = (GET_IMAGE, PLACE);
        let names = ["", ".previous", ".previous.previous"].map(|suffix| format!("{tag}{suffix}"));
        let ids = [0, 1].map(|at| format!("imageTag={}", names[at]));
        let found: Vec<_> =
            names.iter().zip(meaning).filter_map(|(name, digit)| Some((Some(name.as_str()), digit?))).collect();
        self.answer([aws, ecr, get, flag, name, "--image-ids", &ids[0], &ids[1]], manifests(&found))
    }
}

/// A command in an account where everything is as it should be.
pub(crate) fn command<'a>(workspace: &'a Workspace, args: &[&str]) -> Fixture<'a> {
    Fixture::new(workspace).without("docker").in_aws().xtask(args)
}

impl Outcome {
    /// Each tag that was put, with the first digit of its image.
    pub(crate) fn puts(&self) -> Vec<(String, char)> {
        let value = |args: &[String], flag: &str| {
            args.iter().skip_while(|arg| *arg != flag).nth(1).unwrap_or_else(|| panic!("no {flag}")).clone()
        };
        let calls = self.calls_to(&PUT_IMAGE);
        let put = calls.iter().map(|call| {
            let digest = value(&call.args, "--image-digest");
            let digit = digest.chars().nth("sha256:".len()).expect("a digit");
            // ECR takes nothing but the very bytes.
            assert_eq!(value(&call.args, "--image-manifest"), manifest(digit));
            (value(&call.args, "--image-tag"), digit)
        });
        put.collect()
    }

    /// They were put in this order.
    #[track_caller]
    pub(crate) fn has_put(&self, expected: &[(&str, char)]) -> &Self {
        let expected: Vec<_> = expected.iter().map(|(tag, digit)| ((*tag).to_owned(), *digit)).collect();
        if self.puts() != expected {
            self.fail(&format!("expected {expected:?}, and not {:?}", self.puts()));
        }
        self
    }
}
