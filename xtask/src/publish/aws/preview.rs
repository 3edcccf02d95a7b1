//! The aws CLI verbs by which ECR says what a lifecycle policy would delete, without deleting it.

use serde::Deserialize;
use serde_json::Value;

use crate::docker::name::Repository;
use crate::publish::aws::Aws;

/// An image that a policy would delete within a day.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expiring {
    /// As `sha256:…`.
    #[serde(rename = "imageDigest")]
    pub(crate) digest: String,
    #[serde(default, rename = "imageTags")]
    pub(crate) tags: Vec<String>,
    /// As of [`StoredImage`](crate::publish::aws::images::StoredImage).
    #[serde(rename = "imagePushedAt")]
    pub(crate) pushed_at: Option<Value>,
    /// Priority of the rule by which it goes.
    #[serde(rename = "appliedRulePriority")]
    pub(crate) rule: u32,
}

/// Of `get-lifecycle-policy-preview`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status: String,
    #[serde(default)]
    preview_results: Vec<Expiring>,
}

impl Aws<'_> {
    /// What this policy would delete; without one the policy of the repository. ECR takes its time, for which the aws CLI
    /// waits up to a hundred seconds.
    pub(crate) fn preview_policy(&self, name: &Repository, text: Option<&str>) -> anyhow::Result<Vec<Expiring>> {
        let repository = name.to_string();
        let of = ["--repository-name", &repository];
        let start = ["ecr", "start-lifecycle-policy-preview"].into_iter().chain(of);
        let text = text.into_iter().flat_map(|text| ["--lifecycle-policy-text", text]);
        self.query::<Value>(&start.chain(text).collect::<Vec<_>>())?;
        let wait = ["ecr", "wait", "lifecycle-policy-preview-complete"].into_iter().chain(of);
        self.answer(&wait.collect::<Vec<_>>())?;
        let get = ["ecr", "get-lifecycle-policy-preview"].into_iter().chain(of);
        let Answer { status, preview_results } = self.query(&get.collect::<Vec<_>>())?;
        anyhow::ensure!(status == "COMPLETE", "the preview of ECR is {status}");
        Ok(preview_results)
    }
}
