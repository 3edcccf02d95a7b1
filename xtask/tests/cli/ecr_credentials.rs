//! Who we are and whether AWS answers: each failure is told before anything is built or changed, with exit code 3.

use crate::answer::Answer;
use crate::ecr_world::{DESCRIBE_BASE, DESCRIBE_COLONY, IDENTITY, base, colony, says, service_error};
use crate::support::Fixture;
use crate::workspace::Workspace;

const UNUSABLE: &str = "AWS CLI is not configured or credentials are invalid";

/// What the first and the second major of aws print, the line that we add, and the cure.
type Case = (Answer, Answer, String, &'static str);

/// Runs a case against a call, in both majors' words.
fn try_case<const N: usize>(call: [&str; N], (first, second, what, cure): &Case) {
    let workspace = Workspace::new();
    for answer in [first, second] {
        let outcome = base(&workspace).answer(call, answer.clone()).run();
        outcome.exits(3).prints("").touches_nothing().says(&format!(": {what}\n")).says(&format!("[INFO] {cure}\n"));
    }
}

/// The same words from both majors.
fn both(text: &str, what: &str, cure: &'static str) -> Case {
    (says(1, text), says(2, text), what.to_owned(), cure)
}

fn unusable(text: &str, why: &str, cure: &'static str) -> Case {
    both(text, &format!("{UNUSABLE}: {why}"), cure)
}

#[test]
fn without_aws_everything_that_is_missing_is_told_at_once() {
    let workspace = Workspace::new();
    let missing = || Fixture::new(&workspace).xtask(["build-base"]);
    missing().run().exits(3).prints("").has_no_effect().says("no working `aws` on PATH\n");
    let outcome = missing().without_engine().run();
    outcome.exits(3).prints("").has_no_effect().says("no working `aws` on PATH\n").says("docker engine");
}

#[test]
fn no_credentials_are_told_in_the_words_of_the_specification() {
    let old = "Unable to locate credentials. You can configure credentials by running \"aws configure\".";
    let new = "An error occurred (NoCredentials): Unable to locate credentials. You can configure credentials by \
               running \"aws login\".";
    let what = format!("{UNUSABLE}: there are no credentials");
    try_case(
        IDENTITY,
        &(says(1, old), Answer::fails(253, &format!("\naws: [ERROR]: {new}")), what, "Please run: aws configure"),
    );
}

#[test]
fn half_credentials_and_an_unknown_profile_are_told() {
    let half = "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY";
    let cure = "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither";
    try_case(IDENTITY, &unusable(half, "only half of the credentials is set", cure));
    let profile = "The config profile (nope) could not be found";
    let cure = "See which there are: aws configure list-profiles; then set AWS_PROFILE";
    try_case(IDENTITY, &unusable(profile, "there is no profile `nope`", cure));
}

#[test]
fn a_broken_configuration_is_told_without_the_traceback() {
    let trace = "Traceback (most recent call last):\n  File \"/usr/bin/aws\", line 27, in <module>\n    sys.exit(main())\n\
                 configparser.MissingSectionHeaderError: File contains no section headers.\n\
                 botocore.exceptions.ConfigParseError: Unable to parse config file: /root/.aws/config";
    let new = "Unable to parse config file: /root/.aws/config";
    let what = format!("{UNUSABLE}: its configuration cannot be read");
    let cure = "Mend ~/.aws/config and ~/.aws/credentials";
    try_case(IDENTITY, &(Answer::fails(1, trace), says(2, new), what, cure));
    let workspace = Workspace::new();
    base(&workspace).answer(IDENTITY, Answer::fails(1, trace)).run().never_says("Traceback").says(new);
}

#[test]
fn a_login_that_is_missing_or_over_is_told_for_each_way_to_log_in() {
    let login = "Please run: aws sso login";
    let expired = "the SSO session has expired";
    let cases = [
        ("Error loading SSO Token: Token for s does not exist", "nobody has logged in to SSO yet", login),
        ("Error when retrieving token from sso: Token has expired and refresh failed", expired, login),
        (
            "The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO \
             session run aws sso login with the corresponding profile.",
            expired,
            login,
        ),
        (
            "An error occurred (UnauthorizedException) when calling the GetRoleCredentials operation: Session token \
             not found or invalid",
            expired,
            login,
        ),
        (
            "Your session has expired or credentials have changed. Please reauthenticate using 'aws login'.",
            "the session has expired",
            "Please run: aws login",
        ),
        (
            "Error when retrieving credentials from custom-process: ",
            "the credential process failed",
            "Run the credential_process of ~/.aws/config by hand",
        ),
    ];
    for (text, why, cure) in cases {
        try_case(IDENTITY, &unusable(text, why, cure));
    }
}

#[test]
fn refused_credentials_are_told_in_the_spelling_of_either_service() {
    let expired = ("the session has expired", "Get a new session: aws sso login, or renew the session token");
    let unknown = ("AWS does not know the access key", "Please run: aws configure");
    let wrong = (
        "the secret key is wrong, or the clock of this machine is",
        "Please run: aws configure   (and compare `date -u` with the true time)",
    );
    let cases = [
        ("ExpiredToken", "ExpiredTokenException", "The security token included in the request is expired", expired),
        (
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            unknown,
        ),
        (
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
            wrong,
        ),
    ];
    for (sts, ecr, message, (why, cure)) in cases {
        try_case(IDENTITY, &unusable(&service_error(sts, "GetCallerIdentity", message), why, cure));
        try_case(DESCRIBE_BASE, &unusable(&service_error(ecr, "DescribeRepositories", message), why, cure));
    }
}

#[test]
fn an_aws_out_of_reach_is_told_whatever_stands_in_the_way() {
    let endpoint = "\"https://sts.eu-west-1.amazonaws.com/\"";
    let cure = "Check the network, the proxy, the region, and AWS_ENDPOINT_URL if it is set";
    for text in [
        format!("Could not connect to the endpoint URL: {endpoint}"),
        format!("Connect timeout on endpoint URL: {endpoint}"),
        format!("Read timeout on endpoint URL: {endpoint}"),
        "Failed to connect to proxy URL: \"http://proxy:3128\"".to_owned(),
    ] {
        try_case(IDENTITY, &both(&text, "AWS cannot be reached", cure));
        try_case(DESCRIBE_BASE, &both(&text, "AWS cannot be reached", cure));
    }
    let certificate = "SSL validation failed for https://sts.eu-west-1.amazonaws.com/ [SSL: CERTIFICATE_VERIFY_FAILED]";
    let cure = "Name the certificates of your proxy in AWS_CA_BUNDLE";
    try_case(IDENTITY, &both(certificate, "the certificate of AWS is not trusted", cure));
}

#[test]
fn an_impossible_region_is_told() {
    let cure = "Set it: --region eu-west-1, or AWS_REGION";
    let text = "Provided region_name 'eu west 1' doesn't match a supported format.";
    try_case(IDENTITY, &both(text, "the region is not one of AWS", cure));
}

#[test]
fn a_repository_that_may_not_be_looked_at_is_not_taken_for_a_missing_one() {
    let message = "User: arn:aws:iam::123456789012:user/dev is not authorized to perform: ecr:DescribeRepositories on \
                   resource: arn:aws:ecr:eu-west-1:123456789012:repository/x because no identity-based policy allows \
                   the ecr:DescribeRepositories action";
    let cure = "Allow that action in IAM for both repositories, or use another profile: AWS_PROFILE=…";
    let what = "not allowed: the identity lacks the permission ecr:DescribeRepositories";
    try_case(
        DESCRIBE_BASE,
        &both(&service_error("AccessDeniedException", "DescribeRepositories", message), what, cure),
    );
}

#[test]
fn the_action_that_is_refused_is_the_one_that_aws_names() {
    let message =
        "User: arn:aws:iam::1:user/dev is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::2:role/x";
    let cure = "Allow that action in IAM for both repositories, or use another profile: AWS_PROFILE=…";
    let what = "not allowed: the identity lacks the permission sts:AssumeRole";
    try_case(DESCRIBE_BASE, &both(&service_error("AccessDenied", "AssumeRole", message), what, cure));
}

#[test]
fn throttling_is_told_as_such() {
    let cure = "Run the same command again in a minute; it goes on where it stopped";
    let what = "AWS throttles our calls, even after the aws CLI's own retries";
    let text = |retries: u8| {
        format!(
            "An error occurred (ThrottlingException) when calling the DescribeRepositories operation (reached max \
             retries: {retries}): Rate exceeded"
        )
    };
    try_case(DESCRIBE_BASE, &(says(1, &text(4)), says(2, &text(2)), what.to_owned(), cure));
}

#[test]
fn anything_unknown_is_told_in_the_words_of_aws() {
    let workspace = Workspace::new();
    let text = service_error("ServerException", "DescribeRepositories", "the moon is full");
    for major in [1, 2] {
        let outcome = colony(&workspace).answer(DESCRIBE_COLONY, says(major, &text)).run();
        outcome.exits(3).prints("").touches_nothing().says("look up the repository distributed-colony").says(&text);
    }
    base(&workspace).answer(IDENTITY, Answer::killed()).run().exits(3).touches_nothing().says("check the AWS identity");
    base(&workspace)
        .answer(IDENTITY, Answer::stdout("<html>"))
        .run()
        .exits(3)
        .touches_nothing()
        .says("get-caller-identity");
}

#[test]
fn of_two_failures_the_identity_is_told() {
    let workspace = Workspace::new();
    let denied = service_error("UnrecognizedClientException", "DescribeRepositories", "x");
    let expired = service_error("ExpiredToken", "GetCallerIdentity", "x");
    let outcome = base(&workspace).answer(DESCRIBE_BASE, says(1, &denied)).answer(IDENTITY, says(1, &expired)).run();
    outcome.exits(3).says("the session has expired").never_says("does not know the access key");
}

#[test]
fn credentials_of_another_account_are_refused() {
    let workspace = Workspace::new();
    for fixture in [
        base(&workspace).xtask(["build-base", "--account=999999999999"]),
        base(&workspace).env("AWS_ACCOUNT_ID", "999999999999"),
        base(&workspace).xtask(["setup-ecr", "--account=999999999999"]),
    ] {
        fixture.run().exits(3).prints("").touches_nothing().says(
            "the credentials belong to account 123456789012 (arn:aws:iam::123456789012:user/dev), not to 999999999999\n\
             [INFO] Choose other credentials: AWS_PROFILE=…, or another --account\n",
        );
    }
    base(&workspace).xtask(["build-base", "--account=123456789012"]).run().exits(0);
}
