//! The end of a build's way: all tags that its image gets, and their push.

use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::name::{ImageReference, Tag};
use crate::docker::payload::Payload;
use crate::failure::{ExitCode, Failure};
use crate::publish::aws::Aws;
use crate::publish::aws::images::Manifest;
use crate::publish::given::{Arrived, told_file};
use crate::publish::identity_tag::identity_tag;
use crate::publish::permanent::permanent_tag;
use crate::publish::prepare::Checked;
use crate::publish::push::{Between, Names, Registry};
use crate::publish::version_tags::{Released, Versions};
use crate::publish::{Release, Tags, former, given, permanent};
use crate::release::version::Follower;
use crate::report::record::{Built, Moved, Push, Record, Signed};
use crate::signing::signer::Signer;
use crate::workspace::commit::Commit;

/// Everything that a push needs once the image is there.
pub(super) struct Ready {
    pub(super) registry: Registry,
    /// The commit that the sources had.
    pub(super) commit: Option<Commit>,
    pub(super) checked: Checked,
    pub(super) way: Way,
}

/// Who brings the image into the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The local engine, once for each tag.
    Engine,
    /// The builder did; what is left to do is to give it its tags.
    Builder,
    /// An earlier run did, and gave it its version.
    Earlier,
}

impl Ready {
    /// Pushes the image under its tags, the moving ones last, so that they never point at something without a permanent
    /// name, or without the signature that it is to have. `None` in a dry run, which prints the calls.
    pub(super) fn push(
        self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        signer: Option<&Signer>,
        built: Built,
    ) -> anyhow::Result<Option<Record>> {
        let (id, version, identity) = match &built {
            Built::Done(built) => (built.id(), &built.build_version, &built.base_identity),
            Built::Printed { build_version, base_identity, image_id } => {
                (image_id.as_deref().unwrap_or(permanent::UNKNOWN_ID), build_version, base_identity)
            }
        };
        let permanent = match tags {
            Tags::IdentityAndMoving => identity_tag(identity)?,
            Tags::PermanentAndMoving | Tags::Release(_) => {
                permanent_tag(self.commit.as_ref(), version.as_deref().unwrap_or_default(), id)?
            }
        };
        let known = matches!(built, Built::Done(_)).then_some(id);
        let names = match self.names(ctx, image, tags, &permanent, known) {
            Err(error) => {
                let Some(earlier) = self.released_earlier(ctx, image, tags, &built)? else { return Err(error) };
                return Self { way: Way::Earlier, ..self }.push(
                    ctx,
                    image,
                    tags,
                    signer,
                    Built::Done(Box::new(earlier)),
                );
            }
            names => names?,
        };
        let record = |ctx: &Ctx| self.record(ctx, image, tags, &names, id);
        let Built::Done(built) = &built else {
            let signed_as = permanent::with_id(&self.registry.reference(names.fixed.last().unwrap_or(&permanent)));
            let sign = || signer.map_or(Ok(()), |signer| signer.print(ctx, self.registry.uri(), &signed_as));
            let missing = self.missing(ctx, image, &names, id)?;
            self.print(ctx, image, tags, &missing, || sign().and_then(|()| record(ctx).map(drop)))?;
            return Ok(None);
        };
        let sign = |pinned: &str| signer.map(|signer| sign(ctx, signer, pinned, &names.moving)).transpose();
        // What others released during upload and signature counts too.
        let moving = || match tags {
            Tags::Release(release) if !names.moving.is_empty() => {
                let now = self.judged(ctx, image, release, known)?;
                tell(ctx, now.kept.iter().filter(|follower| names.moving.contains(&follower.tag)));
                Ok(now.moving)
            }
            _ => Ok(names.moving.clone()),
        };
        let between = Between { record, sign, moving };
        let (mut pushed, compressed_bytes) = match self.way {
            Way::Engine => (self.registry.push(ctx, id, &built.held_as, &names, between)?, None),
            Way::Builder | Way::Earlier => {
                let aws = Aws::new(ctx, &self.checked.region.name);
                let named = match tags {
                    Tags::Release(release) if self.way == Way::Earlier => {
                        vec![self.registry.reference(&release.version.tag())]
                    }
                    _ => Vec::new(),
                };
                let (registry, repository) = (&self.registry, &image.repository);
                let arrived = Arrived { aws, registry, repository, digest: id, named };
                arrived.name(ctx, &names, between)?
            }
        };
        if let Tags::Release(release) = tags {
            pushed.version = Some(release.version.to_string());
            if names.moving.is_empty() {
                pushed.reference = self.registry.reference(&release.version.tag());
            }
        }
        let permanent = Some(self.registry.reference(&permanent));
        let push = Push { permanent, git: self.commit.clone(), ..pushed };
        Ok(Some(Record { push: Some(push), compressed_bytes, ..Record::clone(built) }))
    }

    /// The lines for a shell, after that of the build; those of `between` come before the moving tags.
    fn print(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        names: &Names,
        between: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if self.way == Way::Engine {
            return self.registry.print(ctx, &image.to_string(), names, between);
        }
        let kind = if tags == Tags::IdentityAndMoving { "base" } else { "colony" };
        let told = ctx.relative(&told_file(ctx, kind)?).display().to_string();
        let aws = Aws::new(ctx, &self.checked.region.name);
        given::print(ctx, &aws, &image.repository, &told, names, between)
    }

    /// A build whose image gets no tag.
    fn untagged(&self, error: anyhow::Error) -> anyhow::Error {
        match self.way {
            Way::Engine => built_only(error),
            Way::Builder | Way::Earlier => {
                Failure::of(ExitCode::Failed, &error).hint("The image is in the registry without a tag.").into()
            }
        }
    }

    /// The image that bears the version already, where it holds and does the same as the one that was built: a run that was
    /// cut short on a machine which is gone left it so, and this one goes on with it. Made anew it has another digest, since
    /// its configuration names the time. What it says of itself is not believed.
    fn released_earlier(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        built: &Built,
    ) -> anyhow::Result<Option<Record>> {
        let (Tags::Release(release), Built::Done(built)) = (tags, built) else { return Ok(None) };
        let aws = Aws::new(ctx, &self.checked.region.name);
        let versions = Versions::ask(&aws, &image.repository, release)?;
        let Some(digest) = versions.other_than(built.id()) else { return Ok(None) };
        let docker = Docker::new(ctx);
        let remote = |digest: &str| {
            let found = docker.remote_image(&format!("{}@{digest}", self.registry.uri()))?;
            anyhow::Ok(found.map(|found| found.payload()))
        };
        let ours = match self.way {
            Way::Engine => docker.image(built.id())?.map(|image| image.payload),
            Way::Builder | Way::Earlier => remote(built.id())?,
        };
        if !ours.as_ref().is_some_and(Payload::is_known) || remote(digest)? != ours {
            return Ok(None);
        }
        let version = &release.version;
        ctx.report.info(format!(
            "the version {version} is there with the same content under another time: it is the release"
        ));
        let Record { image, build_version, base_identity, compiled, .. } = Record::clone(built);
        Ok(Some(Record { image, build_version, base_identity, compiled, ..Record::arrived(digest.to_owned()) }))
    }

    /// All tags that the image gets. Fails for a release whose version has other content.
    fn names(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        permanent: &Tag,
        image_id: Option<&str>,
    ) -> anyhow::Result<Names> {
        let fixed = vec![permanent.clone()];
        let Tags::Release(release) = tags else { return Ok(Names { fixed, moving: vec![image.tag.clone()] }) };
        let judged = self.judged(ctx, image, release, image_id).map_err(|error| self.untagged(error))?;
        tell(ctx, &judged.kept);
        Ok(Names { fixed: fixed.into_iter().chain(judged.version).collect(), moving: judged.moving })
    }

    /// What the repository lets a release be named, asked anew, since others may have pushed meanwhile.
    fn judged(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        release: &Release,
        image_id: Option<&str>,
    ) -> anyhow::Result<Released> {
        let aws = Aws::new(ctx, &self.checked.region.name);
        let ask = || Versions::ask(&aws, &image.repository, release);
        let versions =
            if self.checked.can_be_asked(ctx) { ctx.report.step("versions", ask)? } else { Versions::default() };
        Ok(versions.judge(release, &image.tag, image_id)?)
    }

    /// Those that do not mean the image of that ID yet, as far as a dry run can know.
    fn missing(&self, ctx: &Ctx, image: &ImageReference, names: &Names, image_id: &str) -> anyhow::Result<Names> {
        if image_id == permanent::UNKNOWN_ID || !self.checked.can_be_asked(ctx) {
            return Ok(names.clone());
        }
        let all = [&names.fixed[..], &names.moving].concat();
        let aws = Aws::new(ctx, &self.checked.region.name);
        let found = ctx.warn_if_dry(aws.manifests(&image.repository, &all))?.unwrap_or_default();
        let means_it = |manifest: &Option<Manifest>| manifest.as_ref().is_some_and(|one| one.is_of(image_id));
        let there: Vec<&Tag> = all.iter().zip(&found).filter(|(_, one)| means_it(one)).map(|(tag, _)| tag).collect();
        let rest = |tags: &[Tag]| tags.iter().filter(|tag| !there.contains(tag)).cloned().collect();
        Ok(Names { fixed: rest(&names.fixed), moving: rest(&names.moving) })
    }

    /// Keeps what the moving tags of a colony mean so far, and lets the lifecycle policy spare what its own tag will.
    fn record(
        &self,
        ctx: &Ctx,
        image: &ImageReference,
        tags: Tags<'_>,
        names: &Names,
        image_id: &str,
    ) -> anyhow::Result<Vec<Moved>> {
        if tags == Tags::IdentityAndMoving || names.moving.is_empty() || !self.checked.can_be_asked(ctx) {
            return Ok(Vec::new());
        }
        let moving: Vec<&Tag> = names.moving.iter().collect();
        let aws = Aws::new(ctx, &self.checked.region.name);
        let moved = former::record(ctx, &aws, &image.repository, &moving, image_id)?;
        // One that was never there may be pushed only once.
        let is_moving = |one: &Moved| one.tag == image.tag.to_string() && one.from.is_some();
        if moved.as_ref().is_none_or(|moved| moved.iter().any(is_moving)) {
            self.checked.shield(ctx, &image.tag)?;
        }
        Ok(moved.unwrap_or_default())
    }
}

/// Says which names stay, and because of what.
fn tell<'a>(ctx: &Ctx, kept: impl IntoIterator<Item = &'a Follower>) {
    for Follower { tag, held_by } in kept {
        if let Some(by) = held_by {
            ctx.report.info(format!("`{tag}` stays, for {by} is there (--move-back moves it)"));
        }
    }
}

/// Where that fails, it is said which tags wait for it.
fn sign(ctx: &Ctx, signer: &Signer, pinned: &str, moving: &[Tag]) -> anyhow::Result<Signed> {
    signer.sign(ctx, pinned).map_err(|error| match moving {
        [] => error,
        tags => {
            let names: Vec<String> = tags.iter().map(ToString::to_string).collect();
            let failure = Failure::of(ExitCode::Failed, &error);
            failure.hint(format!("Not moved, for no tag moves to what is not signed: {}", names.join(", "))).into()
        }
    })
}

/// A build that was not followed by a push.
pub(super) fn built_only(error: anyhow::Error) -> anyhow::Error {
    let failure = Failure::of(ExitCode::Failed, &error);
    failure.hint("The image was built and stands in the local engine; nothing was pushed.").into()
}
