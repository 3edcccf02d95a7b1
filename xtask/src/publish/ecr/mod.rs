//! Repositories reconciled with what they should be: created when missing, otherwise compared and reported.

mod cache_policy;
mod policy;

use anyhow::Context;
use serde_json::Value;

use crate::context::Ctx;
use crate::docker::name::{Repository, Tag};
use crate::failure::{self, ExitCode, Failure};
use crate::publish::aws::{Aws, Creation, RepositoryState};
use crate::publish::ecr::policy::Verdict;

/// The tags that move with every push, that of a build cache too. Whoever names another one may mean to push it only once.
const MOVING: [&str; 2] = ["latest", "cache"];

/// The pattern of the tags that record what others meant.
pub(crate) const RECORDS: &str = "*.previous";

/// How often a rule is put for a tag that others leave out by putting theirs at the same time.
const RULES_AT_ONCE: usize = 3;

/// What `describe` found before anything was changed.
pub(crate) struct Described {
    pub(crate) name: Repository,
    state: Option<RepositoryState>,
}

/// Looks, changes nothing.
pub(crate) fn describe(aws: &Aws<'_>, name: &Repository) -> anyhow::Result<Described> {
    let state = aws.describe_repository(name).with_context(|| format!("look up the repository {name}"))?;
    Ok(Described { name: name.clone(), state })
}

impl Described {
    /// A repository that is not there.
    pub(crate) fn missing(name: &Repository) -> Self {
        Self { name: name.clone(), state: None }
    }

    /// As ECR calls it, `registry/repository`; `None` where it is not there.
    pub(crate) fn uri(&self) -> Option<&str> {
        self.state.as_ref().map(|state| state.uri.as_str())
    }

    pub(crate) fn is_there(&self) -> bool {
        self.state.is_some()
    }

    /// Refuses a repository in which no tag can move to another image.
    pub(crate) fn require_mutable(&self, tag: &Tag) -> Result<(), Failure> {
        if self.is_immutable() {
            return Err(self.immutable(tag, "cannot move", Some(RECORDS)));
        }
        Ok(())
    }

    /// Refuses a repository in which the moving tag could be pushed only once. `beside`: the pattern of what else is pushed
    /// there again.
    pub(crate) fn require_movable(&self, tag: &Tag, beside: Option<&str>) -> Result<(), Failure> {
        if self.is_immutable() && MOVING.contains(&tag.to_string().as_str()) {
            return Err(self.immutable(tag, "could be pushed only once", beside));
        }
        Ok(())
    }

    /// Whether no tag is excluded from that.
    fn is_immutable(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.mutability == "IMMUTABLE")
    }

    fn immutable(&self, tag: &Tag, why: &str, beside: Option<&str>) -> Failure {
        let name = &self.name;
        let beside = beside.map(|pattern| format!(" 'filterType=WILDCARD,filter={pattern}'")).unwrap_or_default();
        Failure::precondition(format!("the tags of the repository {name} are immutable, so `{tag}` {why}"))
            .hint("Make them mutable, or exclude what is pushed again from immutability:")
            .hint(format!(
                "  aws ecr put-image-tag-mutability --repository-name {name} --image-tag-mutability \
                 IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters \
                 filterType=WILDCARD,filter={tag}{beside}"
            ))
    }

    /// Creates the repository where it is missing, and reports what differs where it is not. Returns its URI, `None`
    /// where a dry run did not create it.
    pub(crate) fn ensure(&self, ctx: &Ctx, aws: &Aws<'_>) -> anyhow::Result<Option<String>> {
        let name = &self.name;
        match &self.state {
            Some(state) => {
                drift(state).iter().for_each(|line| ctx.report.warning(format!("repository {name}: {line}")));
                Ok(Some(state.uri.clone()))
            }
            None => create(ctx, aws, name),
        }
    }

    /// Lets the policy spare what a tag is going to mean, where it is ours and no pattern of it does so. Without a policy
    /// nothing expires. A failure is warned of, but for an interruption.
    pub(crate) fn shield(&self, ctx: &Ctx, aws: &Aws<'_>, tag: &Tag) -> anyhow::Result<()> {
        if policy::is_shielded(&tag.to_string()) {
            return Ok(());
        }
        match self.spare(ctx, aws, tag) {
            Err(error) if failure::code(&error) != ExitCode::Interrupted => {
                ctx.report.warning(format!("what `{tag}` means may expire 30 days after its push: {error:#}"));
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// The policy on one line that would be set; `None` where the standing one would stay.
    pub(crate) fn policy_text(&self, aws: &Aws<'_>, force: bool) -> anyhow::Result<Option<String>> {
        let standing = aws.lifecycle_policy(&self.name)?;
        Ok(match policy::judge(standing.as_ref(), None, force) {
            Verdict::Put(text) => Some(text),
            Verdict::Stays | Verdict::Foreign | Verdict::Full => None,
        })
    }

    /// Puts a rule for the tag into the standing policy. ECR cannot compare and put at once, so it is looked at once more
    /// after that: who put a rule at the same time may have left this one out.
    fn spare(&self, ctx: &Ctx, aws: &Aws<'_>, tag: &Tag) -> anyhow::Result<()> {
        for _ in 0..RULES_AT_ONCE {
            let Some(standing) = self.standing_policy(ctx, aws)? else { return Ok(()) };
            let is_put = self.set_policy(ctx, aws, Some(&standing), Some(tag), false)?;
            if !is_put || ctx.manner.is_dry {
                return Ok(());
            }
        }
        anyhow::bail!("others change the lifecycle policy of {} at the same time", self.name)
    }

    /// Sets the lifecycle policy where there is none, or an earlier one of ours; another one is reported, and overwritten
    /// only by force. It is looked at on every run, so a run that was ended between creation and policy is completed by the
    /// next one.
    pub(crate) fn ensure_policy(&self, ctx: &Ctx, aws: &Aws<'_>, force: bool) -> anyhow::Result<()> {
        let standing = self.standing_policy(ctx, aws)?;
        self.set_policy(ctx, aws, standing.as_ref(), None, force).map(drop)
    }

    /// `tag`: one that is about to mean another image, and must not expire with it. Returns whether a policy was put.
    fn set_policy(
        &self,
        ctx: &Ctx,
        aws: &Aws<'_>,
        standing: Option<&Value>,
        tag: Option<&Tag>,
        force: bool,
    ) -> anyhow::Result<bool> {
        match policy::judge(standing, tag, force) {
            Verdict::Stays => {}
            Verdict::Foreign => ctx.report.warning(self.foreign_policy()),
            Verdict::Full => ctx.report.warning(format!(
                "repository {}: too many tags have a rule of their own in its lifecycle policy: what this one means \
                 expires 30 days after its push",
                self.name
            )),
            Verdict::Put(text) => {
                self.put_policy(ctx, aws, &text).with_context(|| format!("lifecycle policy of {}", self.name))?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn standing_policy(&self, ctx: &Ctx, aws: &Aws<'_>) -> anyhow::Result<Option<Value>> {
        // A dry run cannot ask for the policy of a repository that it did not create.
        let is_absent = self.state.is_none() && ctx.manner.is_dry;
        let ask = || aws.lifecycle_policy(&self.name).with_context(|| format!("lifecycle policy of {}", self.name));
        if is_absent { Ok(None) } else { ask() }
    }

    fn foreign_policy(&self) -> String {
        let name = &self.name;
        format!("repository {name}: its lifecycle policy is not ours and stays (overwrite it with --force-policy)")
    }

    fn put_policy(&self, ctx: &Ctx, aws: &Aws<'_>, text: &str) -> anyhow::Result<()> {
        aws.put_lifecycle_policy(&self.name, text)?;
        if !ctx.manner.is_dry {
            ctx.report.info(format!("set the lifecycle policy of {}", self.name));
        }
        Ok(())
    }
}

/// Returns its URI, `None` in a dry run.
fn create(ctx: &Ctx, aws: &Aws<'_>, name: &Repository) -> anyhow::Result<Option<String>> {
    match aws.create_repository(name).with_context(|| format!("create the repository {name}"))? {
        Creation::Printed => Ok(None),
        Creation::Done(state) => {
            ctx.report.info(format!("created the repository {}", state.uri));
            Ok(Some(state.uri))
        }
        // Which is as good.
        Creation::StoodAlready => {
            let state = aws.describe_repository(name)?;
            let state = state.with_context(|| format!("the repository {name} exists and yet cannot be found"))?;
            Ok(Some(state.uri))
        }
    }
}

/// What differs from how we would create the repository, with the cure where there is one.
fn drift(state: &RepositoryState) -> Vec<String> {
    let mut lines = Vec::new();
    if !state.scan_on_push {
        lines.push("images are not scanned on push (aws ecr put-image-scanning-configuration)".to_owned());
    }
    if state.encryption != "AES256" {
        lines.push(format!("encryption is {}, not AES256; it was fixed when it was created", state.encryption));
    }
    if state.mutability != "MUTABLE" {
        lines.push(format!("its tags are {}", state.mutability));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(mutability: &str) -> RepositoryState {
        RepositoryState {
            uri: "registry/a".to_owned(),
            scan_on_push: true,
            encryption: "AES256".to_owned(),
            mutability: mutability.to_owned(),
        }
    }

    #[test]
    fn a_repository_as_we_create_it_has_not_drifted() {
        assert!(drift(&state("MUTABLE")).is_empty());
    }

    #[test]
    fn every_difference_is_a_line_of_its_own() {
        let other = RepositoryState { scan_on_push: false, encryption: "KMS".to_owned(), ..state("IMMUTABLE") };
        assert_eq!(drift(&other).len(), 3);
    }

    #[test]
    fn a_moving_tag_in_an_immutable_repository_is_refused() {
        let name: Repository = "colony".parse().expect("a good name");
        let tag: Tag = "latest".parse().expect("a good tag");
        let described = |mutability| Described { name: name.clone(), state: Some(state(mutability)) };
        assert!(described("IMMUTABLE").require_movable(&tag, None).is_err());
        assert!(described("MUTABLE").require_movable(&tag, None).is_ok());
        assert!(described("IMMUTABLE_WITH_EXCLUSION").require_movable(&tag, None).is_ok());
        let fixed: Tag = "release-1".parse().expect("a good tag");
        assert!(described("IMMUTABLE").require_movable(&fixed, None).is_ok());
    }
}
