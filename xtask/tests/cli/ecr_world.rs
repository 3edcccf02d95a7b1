//! An AWS account with a registry, as fake tools play it: what the docker and aws of a machine answer there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::image::Image;
use crate::leak::PASSWORD;
use crate::outcome::{Call, Outcome};
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::workspace::Workspace;

pub(crate) const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

pub(crate) const IDENTITY: [&str; 3] = ["aws", "sts", "get-caller-identity"];
pub(crate) const DESCRIBE: [&str; 3] = ["aws", "ecr", "describe-repositories"];
pub(crate) const DESCRIBE_BASE: [&str; 5] =
    ["aws", "ecr", "describe-repositories", "--repository-names", "distributed-colony-base"];
pub(crate) const DESCRIBE_COLONY: [&str; 5] =
    ["aws", "ecr", "describe-repositories", "--repository-names", "distributed-colony"];
pub(crate) const CREATE: [&str; 3] = ["aws", "ecr", "create-repository"];
pub(crate) const CREATE_BASE: [&str; 5] =
    ["aws", "ecr", "create-repository", "--repository-name", "distributed-colony-base"];
pub(crate) const CREATE_COLONY: [&str; 5] =
    ["aws", "ecr", "create-repository", "--repository-name", "distributed-colony"];
pub(crate) const GET_POLICY: [&str; 3] = ["aws", "ecr", "get-lifecycle-policy"];
pub(crate) const PUT_POLICY: [&str; 3] = ["aws", "ecr", "put-lifecycle-policy"];
pub(crate) const GET_PASSWORD: [&str; 3] = ["aws", "ecr", "get-login-password"];
pub(crate) const GET_IMAGE: [&str; 3] = ["aws", "ecr", "batch-get-image"];
pub(crate) const PUT_IMAGE: [&str; 3] = ["aws", "ecr", "put-image"];
pub(crate) const LIST: [&str; 3] = ["aws", "ecr", "describe-images"];
pub(crate) const LOGIN: [&str; 2] = ["docker", "login"];
pub(crate) const DESCRIBE_IMAGES: [&str; 3] = ["aws", "ecr", "describe-images"];
pub(crate) const PULL: [&str; 2] = ["docker", "pull"];
pub(crate) const TAG: [&str; 2] = ["docker", "tag"];
pub(crate) const PUSH: [&str; 2] = ["docker", "push"];
pub(crate) const PUSH_BASE: [&str; 3] =
    ["docker", "push", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/distributed-colony-base:latest"];
pub(crate) const LOOK: [&str; 4] = ["docker", "buildx", "imagetools", "inspect"];

/// The same with one more word, and so for answers that come before the others.
pub(crate) const LOOK_AFTER_PUSH: [&str; 5] = ["docker", "buildx", "imagetools", "inspect", "--format"];

/// The digest of everything that is pushed.
pub(crate) const DIGEST: &str = "sha256:4444444444444444444444444444444444444444444444444444444444444444";

/// The calls that change something, here or in AWS, or that get a password.
const EFFECTS: [&[&str]; 9] = [&BUILD, &CREATE, &PUT_POLICY, &PUT_IMAGE, &GET_PASSWORD, &LOGIN, &PULL, &TAG, &PUSH];

/// The ID of the image that every build of these tests gives.
pub(crate) const BUILT_ID: &str = "sha256:0123456789abcdef";

/// The image that every build of these tests gives.
pub(crate) fn built() -> Image {
    Image::new(BUILT_ID).variable("BUILD_VERSION", "v1")
}

/// The same image after a push: the engine remembers the digest.
pub(crate) fn pushed(repository: &str) -> Image {
    built().digest(&format!("{HOST}/{repository}@{DIGEST}"))
}

/// A failure as the first major of aws prints it, or the second.
pub(crate) fn says(major: u8, text: &str) -> Answer {
    match major {
        1 => Answer::fails(255, &format!("\n{text}")),
        _ => Answer::fails(254, &format!("\naws: [ERROR]: {text}")),
    }
}

/// An error of a service in both majors' common words.
pub(crate) fn service_error(code: &str, operation: &str, message: &str) -> String {
    format!("An error occurred ({code}) when calling the {operation} operation: {message}")
}

pub(crate) fn no_repository(name: &str) -> String {
    let message = format!("The repository with name '{name}' does not exist in the registry with id '123456789012'");
    service_error("RepositoryNotFoundException", "DescribeRepositories", &message)
}

pub(crate) fn no_policy() -> String {
    service_error("LifecyclePolicyNotFoundException", "GetLifecyclePolicy", "Lifecycle policy does not exist")
}

/// A repository as `describe-repositories` shows it, just as the specification wants it.
pub(crate) fn repository(name: &str) -> Value {
    json!({
        "repositoryArn": format!("arn:aws:ecr:eu-west-1:123456789012:repository/{name}"),
        "registryId": "123456789012",
        "repositoryName": name,
        "repositoryUri": format!("{HOST}/{name}"),
        "createdAt": 1_763_834_711.0,
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": { "scanOnPush": true },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    })
}

/// Our policy, in the order of keys and rules that ECR may give it back in: that of the specification, and before it what
/// shields images from it.
pub(crate) fn policy() -> Value {
    json!({ "rules": [
        expiry(100, &json!({ "tagStatus": "tagged", "tagPatternList": ["*"] })),
        shield(4, "sha256-*", 9999, "Never expire a signature"),
        shield(3, "*.*.*", 9999, "Never expire a version"),
        shield(2, "*.previous", 9999, "Never expire what a tag meant before it moved"),
        shield(1, "latest", 1, "Never expire the image tagged latest"),
    ] })
}

/// That of an earlier version of this program.
pub(crate) fn earlier_policy() -> Value {
    json!({ "rules": [expiry(2, &json!({ "tagStatus": "any" })), shield(1, "latest", 1, "Never expire the image tagged latest")] })
}

fn expiry(priority: u32, of: &Value) -> Value {
    let mut selection = json!({ "countNumber": 30, "countUnit": "days", "countType": "sinceImagePushed" });
    selection.as_object_mut().expect("a table").extend(of.as_object().expect("a table").clone());
    json!({
        "action": { "type": "expire" },
        "selection": selection,
        "description": "Expire all other images 30 days after their push",
        "rulePriority": priority
    })
}

pub(crate) fn shield(priority: u32, pattern: &str, most: u32, why: &str) -> Value {
    json!({
        "rulePriority": priority,
        "description": why,
        "selection": {
            "tagStatus": "tagged", "tagPatternList": [pattern],
            "countType": "imageCountMoreThan", "countNumber": most
        },
        "action": { "type": "expire" }
    })
}

pub(crate) fn has_policy(policy: &Value) -> Answer {
    Answer::stdout(json!({ "registryId": "1", "lifecyclePolicyText": policy.to_string() }).to_string())
}

pub(crate) fn described(repository: &Value) -> Answer {
    Answer::stdout(json!({ "repositories": [repository] }).to_string())
}

pub(crate) fn created(name: &str) -> Answer {
    Answer::stdout(json!({ "repository": repository(name) }).to_string())
}

/// The repository has one image of that kind, which is [`DIGEST`].
pub(crate) fn has_image() -> Answer {
    Answer::stdout(json!({ "imageDetails": [{ "imageDigest": DIGEST }] }).to_string())
}

/// The repository has no image with that tag.
pub(crate) fn has_no_image(major: u8) -> Answer {
    let message = "The image with imageId {imageDigest:'null', imageTag:'x'} does not exist within the repository \
                   with name 'x' in the registry with id '123456789012'";
    says(major, &service_error("ImageNotFoundException", "DescribeImages", message))
}

/// The registry holds that digest under whatever name is asked for.
pub(crate) fn holds(digest: &str) -> Answer {
    Answer::stdout(json!({ "mediaType": "m", "digest": digest, "size": 1 }).to_string())
}

impl<'a> Fixture<'a> {
    /// An AWS account whose repositories are as they should be, and a registry that takes every push.
    pub(crate) fn in_aws(self) -> Self {
        let identity = json!({ "UserId": "U", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/dev" });
        self.with("aws")
            .background(IDENTITY, Answer::stdout(identity.to_string()))
            .background(["aws", "configure", "get", "region"], Answer::fails(1, ""))
            .background(GET_POLICY, has_policy(&policy()))
            .background(PUT_POLICY, Answer::stdout("{}"))
            .background(GET_IMAGE, Answer::stdout(json!({ "images": [], "failures": [] }).to_string()))
            .background(PUT_IMAGE, Answer::stdout("{}"))
            .background(LIST, Answer::stdout(json!({ "imageDetails": [] }).to_string()))
            .background(GET_PASSWORD, Answer::stdout(format!("{PASSWORD}\n")))
            .background(LOGIN, Answer::stdout("Login Succeeded\n"))
            .background(TAG, Answer::default())
            .background(PUSH, Answer::stdout("pushed\n"))
            .background(LOOK, Answer::fails(1, "ERROR: {last}: not found"))
            .background(LOOK_AFTER_PUSH, holds(DIGEST).once_pushed())
            .background(BUILD, Answer::builds(&built().id))
            .built(&built())
            .background(DESCRIBE_BASE, described(&repository("distributed-colony-base")))
            .background(DESCRIBE_COLONY, described(&repository("distributed-colony")))
            .background(CREATE_BASE, created("distributed-colony-base"))
            .background(CREATE_COLONY, created("distributed-colony"))
    }

    /// What the builds give, as the engine has it.
    pub(crate) fn built(self, image: &Image) -> Self {
        let look = ["docker", "image", "inspect", "--format", "{{json .}}", &image.id];
        self.background(look, Answer::stdout(image.to_json()))
    }

    /// The registry holds the image that every build gives, under this name.
    pub(crate) fn registry_has(self, reference: &str) -> Self {
        self.registry_has_other(reference, DIGEST)
    }

    /// The registry has another image under this name, until it gets ours.
    pub(crate) fn registry_has_other(self, reference: &str, digest: &str) -> Self {
        let [docker, buildx, imagetools, inspect] = LOOK;
        let template = "{{json .Manifest}}";
        self.answer([docker, buildx, imagetools, inspect, "--format", template, reference], holds(digest))
    }

    /// No repository is there; they can be created.
    pub(crate) fn without_repositories(self) -> Self {
        self.background(DESCRIBE_BASE, says(2, &no_repository("distributed-colony-base")))
            .background(DESCRIBE_COLONY, says(1, &no_repository("distributed-colony")))
            .background(GET_POLICY, says(2, &no_policy()))
    }
}

/// The tag that names a base with these labels by its identity.
pub(crate) fn tag_of_identity(labels: &BTreeMap<String, String>) -> String {
    let digits = labels["io.distributed-colony.base.identity"].strip_prefix("sha256:").expect("a digest");
    format!("base-{}", &digits[..40])
}

/// `build-base` in an account where everything is as it should be.
pub(crate) fn base(workspace: &Workspace) -> Fixture<'_> {
    Fixture::new(workspace).in_aws().xtask(["build-base"])
}

/// `build-colony` in such an account, on a current base.
pub(crate) fn colony(workspace: &Workspace) -> Fixture<'_> {
    colony_on(workspace, &current_base(workspace))
}

/// The same on a base that was made before.
pub(crate) fn colony_on<'a>(workspace: &'a Workspace, base: &Image) -> Fixture<'a> {
    Fixture::new(workspace).in_aws().image(BASE, base).xtask(["build-colony"])
}

impl Outcome {
    /// The calls that begin with these words, in their order.
    pub(crate) fn calls_to(&self, words: &[&str]) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.begins(words)).collect()
    }

    /// When the only call with these words was made.
    #[track_caller]
    pub(crate) fn turn(&self, words: &[&str]) -> usize {
        let mut turns = (0..self.calls.len()).filter(|turn| self.calls[*turn].begins(words));
        match (turns.next(), turns.next()) {
            (Some(turn), None) => turn,
            _ => self.fail(&format!("expected one call of {words:?}")),
        }
    }

    /// These calls were made, each once and in this order.
    #[track_caller]
    pub(crate) fn makes_in_order(&self, calls: &[&[&str]]) -> &Self {
        for pair in calls.windows(2) {
            if self.turn(pair[0]) > self.turn(pair[1]) {
                self.fail(&format!("{:?} is called after {:?}", pair[0], pair[1]));
            }
        }
        self
    }

    #[track_caller]
    pub(crate) fn never_calls(&self, words: &[&str]) -> &Self {
        if !self.calls_to(words).is_empty() {
            self.fail(&format!("not expected: {words:?}"));
        }
        self
    }

    /// Nothing was built, nothing was changed in AWS, no password was asked for.
    #[track_caller]
    pub(crate) fn touches_nothing(&self) -> &Self {
        for words in EFFECTS {
            self.never_calls(words);
        }
        self
    }

    /// The tag that names the base of that build by its identity.
    #[track_caller]
    pub(crate) fn identity_tag(&self) -> String {
        tag_of_identity(&self.build().pairs("--label"))
    }

    /// The names that were pushed, in their order.
    pub(crate) fn pushes(&self) -> Vec<&str> {
        self.calls_to(&PUSH).iter().map(|call| call.args[1].as_str()).collect()
    }
}
