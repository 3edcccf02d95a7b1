//! Where the version of a release comes from: typed, a tag of git, or the package of the default binary.

use std::str::FromStr;

use anyhow::Context;

use crate::context::Ctx;
use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::release::version::Version;
use crate::workspace::{TargetKind, Workspace, commit, read};

/// What stands behind `--version-tag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// `git`: the annotated tag on the commit in front of us.
    Git,
    /// `package`: that of the package with the default binary.
    Package,
    Named(Version),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "git" => Ok(Self::Git),
            "package" => Ok(Self::Package),
            text => text.parse().map(Self::Named),
        }
    }
}

impl Choice {
    /// Fails with code 3 where git or the workspace names none.
    pub(crate) fn settle(&self, ctx: &Ctx) -> anyhow::Result<Version> {
        match self {
            Self::Git => of_git(ctx),
            Self::Package => of_package(&read::workspace(ctx)?),
            Self::Named(version) => Ok(version.clone()),
        }
    }
}

/// A tag of git with the kind of object that it names: `tag` where it is annotated, `commit` where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct GitTag<'a> {
    kind: &'a str,
    name: &'a str,
}

fn of_git(ctx: &Ctx) -> anyhow::Result<Version> {
    let commit = commit::ask(ctx)?;
    let commit = commit.ok_or_else(|| no_tag("this is no commit of git, so there is no tag of it".to_owned()))?;
    let format = "--format=%(objecttype) %(refname:strip=2)";
    let call = Invocation::new("git").args(["for-each-ref", "--points-at=HEAD", format, "refs/tags"]);
    let listed = ctx.runner.capture("list the tags of the commit", &call)?;
    let tags: Vec<GitTag<'_>> =
        listed.lines().filter_map(|line| line.split_once(' ')).map(|(kind, name)| GitTag { kind, name }).collect();
    let (version, name) = one_version(&tags)?;
    if commit.dirty {
        return Err(Failure::precondition(format!("the files differ from the commit that {name} is on"))
            .hint("Commit them, and tag that commit: git status")
            .into());
    }
    Ok(version)
}

/// The one version among the tags of a commit, with the tag's name.
fn one_version<'a>(tags: &[GitTag<'a>]) -> Result<(Version, &'a str), Failure> {
    let versions = || tags.iter().filter_map(|tag| Some((tag.name.parse::<Version>().ok()?, *tag)));
    let mut annotated = versions().filter(|(_, tag)| tag.kind == "tag");
    match (annotated.next(), annotated.next()) {
        (Some((version, tag)), None) => Ok((version, tag.name)),
        (Some((_, one)), Some((_, other))) => {
            let message = format!("two tags of this commit are versions: {}, {}", one.name, other.name);
            Err(Failure::precondition(message).hint("Say which one: --version-tag 1.4.2"))
        }
        (None, _) => Err(no_tag(match versions().next() {
            Some((_, tag)) => format!("the tag {} of git is not annotated", tag.name),
            None => "no annotated tag of this commit is a version".to_owned(),
        })),
    }
}

fn no_tag(message: String) -> Failure {
    Failure::precondition(message)
        .hint("Make one: git tag --annotate v1.4.2 --message 1.4.2; or name the version: --version-tag 1.4.2")
}

fn of_package(workspace: &Workspace) -> anyhow::Result<Version> {
    let default = &workspace.images.default;
    let owner = workspace.members.values().find(|member| {
        member.targets.iter().any(|target| target.kind == TargetKind::Binary && target.name == *default)
    });
    let owner = owner.with_context(|| format!("no package has the default binary `{default}`"))?;
    owner.version.parse().map_err(|why: String| {
        Failure::precondition(format!(
            "the version {} of the package {} cannot be a tag: {why}",
            owner.version, owner.name
        ))
        .hint("Name the version: --version-tag 1.4.2")
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<GitTag<'a>> {
        pairs.iter().map(|(kind, name)| GitTag { kind, name }).collect()
    }

    #[test]
    fn the_choice_is_two_words_or_a_version() {
        assert_eq!("git".parse(), Ok(Choice::Git));
        assert_eq!("package".parse(), Ok(Choice::Package));
        assert_eq!("1.4.2".parse::<Choice>(), "v1.4.2".parse());
        assert!("head".parse::<Choice>().is_err());
    }

    #[test]
    fn one_annotated_tag_is_the_version_and_others_do_not_count() {
        let found = tags(&[("tag", "v1.4.2"), ("commit", "1.5.0"), ("tag", "checked"), ("tag", "v1")]);
        assert_eq!(one_version(&found).expect("one"), ("1.4.2".parse().expect("a version"), "v1.4.2"));
    }

    #[test]
    fn none_a_light_one_and_two_are_told() {
        let told = |pairs: &[(&str, &str)]| one_version(&tags(pairs)).expect_err("not one").message;
        assert_eq!(told(&[]), "no annotated tag of this commit is a version");
        assert_eq!(told(&[("commit", "v1.4.2")]), "the tag v1.4.2 of git is not annotated");
        let two = told(&[("tag", "v1.4.2"), ("tag", "v1.4.3")]);
        assert_eq!(two, "two tags of this commit are versions: v1.4.2, v1.4.3");
    }
}
