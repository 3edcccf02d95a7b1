//! What the aws CLI says when it fails, and the cure. The texts are those of both major versions.

use std::fmt;

use crate::failure::{ExitCode, Failure};

/// The specification's words for credentials that cannot be used.
const UNUSABLE: &str = "AWS CLI is not configured or credentials are invalid";

const SSO_IS_OVER: [&str; 3] = [
    "Token has expired and refresh failed",
    "Error when retrieving token from sso",
    "The SSO session associated with this profile has expired",
];

const OUT_OF_REACH: [&str; 5] = [
    "Could not connect to the endpoint URL",
    "Connect timeout on endpoint URL",
    "Read timeout on endpoint URL",
    "Failed to connect to proxy URL",
    "Connection was closed before we received a valid response",
];

/// A failed call of the aws CLI.
#[derive(Debug)]
pub(crate) struct AwsError {
    /// Such as `ecr describe-repositories`.
    call: String,
    /// The service's error code, where it is an error of the service.
    code: Option<String>,
    /// The API operation, such as `DescribeRepositories`.
    operation: Option<String>,
    stderr: String,
}

/// What happened and what to do, one line each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    pub(crate) what: String,
    pub(crate) cures: Vec<String>,
}

impl AwsError {
    pub(crate) fn new(call: &str, stderr: &str) -> Self {
        Self {
            call: call.to_owned(),
            code: between(stderr, "An error occurred (", ")"),
            operation: between(stderr, "when calling the ", " operation"),
            stderr: stderr.trim().to_owned(),
        }
    }

    /// A known failure explained; `None` for one that only its own words explain.
    pub(crate) fn explain(&self) -> Option<Explanation> {
        match &self.code {
            Some(code) if code != "NoCredentials" && code != "NoRegion" => self.explain_code(code),
            _ => self.explain_text(),
        }
    }

    /// STS and ECR spell the same cause differently, since they speak different protocols.
    fn explain_code(&self, code: &str) -> Option<Explanation> {
        let credentials = |why: &str, cure: &str| told(format!("{UNUSABLE}: {why}"), &[cure]);
        Some(match code {
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                credentials("the session has expired", "Get a new session: aws sso login, or renew the session token")
            }
            // What a role gets that SSO no longer vouches for.
            "UnauthorizedException" => credentials("the SSO session has expired", "Please run: aws sso login"),
            "InvalidClientTokenId" | "UnrecognizedClientException" => {
                credentials("AWS does not know the access key", "Please run: aws configure")
            }
            "SignatureDoesNotMatch" | "InvalidSignatureException" => credentials(
                "the secret key is wrong, or the clock of this machine is",
                "Please run: aws configure   (and compare `date -u` with the true time)",
            ),
            "AccessDenied" | "AccessDeniedException" => told(
                format!("not allowed: the identity lacks the permission {}", self.action()),
                &["Allow that action in IAM for both repositories, or use another profile: AWS_PROFILE=…"],
            ),
            "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => told(
                "AWS throttles our calls, even after the aws CLI's own retries".to_owned(),
                &["Run the same command again in a minute; it goes on where it stopped"],
            ),
            "LimitExceededException" => told(
                "an ECR quota of the account is used up".to_owned(),
                &["Delete what is no longer needed, or ask for a higher quota: Service Quotas, Amazon ECR"],
            ),
            "ImageTagAlreadyExistsException" => told(
                "the tag exists and the repository is immutable".to_owned(),
                &[
                    "Exclude from immutability what has to move, and what records it:",
                    "  aws ecr put-image-tag-mutability --image-tag-mutability IMMUTABLE_WITH_EXCLUSION \\",
                    "    --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter=latest \\",
                    "    filterType=WILDCARD,filter=*.previous --repository-name …",
                ],
            ),
            "LifecyclePolicyPreviewInProgressException" => told(
                "ECR is at another preview of that repository".to_owned(),
                &["Run the same command again in a minute"],
            ),
            "InvalidParameterException" if self.operation.as_deref() == Some("PutLifecyclePolicy") => told(
                "ECR refuses the lifecycle policy".to_owned(),
                &["The repository itself is ready; report the words above, and set a policy by hand until then"],
            ),
            _ => return None,
        })
    }

    fn explain_text(&self) -> Option<Explanation> {
        let says = |text: &str| self.stderr.contains(text);
        let unusable = |why: &str, cure: &str| Some(told(format!("{UNUSABLE}: {why}"), &[cure]));
        if says("Unable to locate credentials") {
            unusable("there are no credentials", "Please run: aws configure")
        } else if says("Partial credentials found") {
            let cure = "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither";
            unusable("only half of the credentials is set", cure)
        } else if let Some(profile) = between(&self.stderr, "The config profile (", ")") {
            let cure = "See which there are: aws configure list-profiles; then set AWS_PROFILE";
            unusable(&format!("there is no profile `{profile}`"), cure)
        } else if says("Error loading SSO Token") {
            unusable("nobody has logged in to SSO yet", "Please run: aws sso login")
        } else if SSO_IS_OVER.iter().any(|text| says(text)) {
            unusable("the SSO session has expired", "Please run: aws sso login")
        } else if says("Please reauthenticate using 'aws login'") {
            unusable("the session has expired", "Please run: aws login")
        } else if says("Error when retrieving credentials from") {
            unusable("the credential process failed", "Run the credential_process of ~/.aws/config by hand")
        } else if says("Unable to parse config file") || says("configparser") || says("ParsingError") {
            unusable("its configuration cannot be read", "Mend ~/.aws/config and ~/.aws/credentials")
        } else if says("SSL validation failed") {
            let cure = "Name the certificates of your proxy in AWS_CA_BUNDLE";
            Some(told("the certificate of AWS is not trusted".to_owned(), &[cure]))
        } else if OUT_OF_REACH.iter().any(|text| says(text)) {
            let cure = "Check the network, the proxy, the region, and AWS_ENDPOINT_URL if it is set";
            Some(told("AWS cannot be reached".to_owned(), &[cure]))
        } else if says("doesn't match a supported format") || says("You must specify a region") {
            Some(told("the region is not one of AWS".to_owned(), &["Set it: --region eu-west-1, or AWS_REGION"]))
        } else {
            None
        }
    }

    /// The IAM action that is not allowed, such as `ecr:CreateRepository`: as AWS names it, which may be another one
    /// than that of the call, else the one of the failed operation.
    fn action(&self) -> String {
        if let Some(action) = between(&self.stderr, "not authorized to perform: ", " ") {
            return action;
        }
        let service = self.call.split(' ').next().unwrap_or_default();
        format!("{service}:{}", self.operation.as_deref().unwrap_or("*"))
    }
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let hints = error.explain().map(|explanation| explanation.cures).unwrap_or_default();
        Self { code: ExitCode::Failed, message: error.to_string(), hints, service_code: error.code }
    }
}

/// Always with the tool's own words: what we make of them may be wrong.
impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(explanation) = self.explain() {
            write!(f, "{}\n  ", explanation.what)?;
        }
        write!(f, "`aws {}` says: {}", self.call, last_words(&self.stderr))
    }
}

/// Of a traceback only its last line speaks of the cause.
fn last_words(stderr: &str) -> &str {
    if stderr.contains("Traceback (most recent call last)") {
        return stderr.lines().last().unwrap_or(stderr);
    }
    if stderr.is_empty() { "nothing" } else { stderr }
}

fn told(what: String, cures: &[&str]) -> Explanation {
    Explanation { what, cures: cures.iter().map(|cure| (*cure).to_owned()).collect() }
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(stderr: &str) -> String {
        AwsError::new("ecr create-repository", stderr).explain().expect("a known failure").what
    }

    #[test]
    fn both_majors_and_both_services_are_understood() {
        let expired = "AWS CLI is not configured or credentials are invalid: the session has expired";
        let tail =
            "when calling the GetCallerIdentity operation: The security token included in the request is expired";
        assert_eq!(what(&format!("\nAn error occurred (ExpiredToken) {tail}")), expired);
        assert_eq!(what(&format!("\naws: [ERROR]: An error occurred (ExpiredTokenException) {tail}")), expired);
    }

    #[test]
    fn missing_credentials_of_the_second_major_have_a_code_and_are_the_same() {
        let one = what("Unable to locate credentials. You can configure credentials by running \"aws configure\".");
        let two = what("aws: [ERROR]: An error occurred (NoCredentials): Unable to locate credentials. You can ...");
        assert_eq!(one, two);
    }

    #[test]
    fn a_missing_permission_is_named() {
        let stderr = "An error occurred (AccessDeniedException) when calling the CreateRepository operation: User: x";
        assert_eq!(what(stderr), "not allowed: the identity lacks the permission ecr:CreateRepository");
    }

    #[test]
    fn an_unknown_failure_is_told_in_the_tools_own_words() {
        let error = AwsError::new("ecr x", "\nAn error occurred (KmsException) when calling the X operation: no key");
        assert_eq!(error.explain(), None);
        assert!(error.to_string().ends_with("operation: no key"), "{error}");
    }

    #[test]
    fn of_a_traceback_only_the_cause_is_shown() {
        let stderr = "Traceback (most recent call last):\n  File x\nconfigparser.ParsingError: Source contains errors";
        let error = AwsError::new("sts get-caller-identity", stderr);
        assert!(error.to_string().ends_with("says: configparser.ParsingError: Source contains errors"), "{error}");
        assert!(error.explain().is_some());
    }
}
