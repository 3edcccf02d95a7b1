//! Makes another workspace use this program. `ours.rs` reads what a copy is made of, `facts.rs` asks the other workspace,
//! `judge.rs` says whether it may be done; what follows is pure: the files of the copy (`copy.rs`, `strip.rs`, `docker.rs`),
//! the edits of the owner's (`members.rs`, `profiles.rs`, `table.rs`, `alias.rs`, in `lines.rs`), and from them and from what
//! was recorded the last time (`record.rs`) a list of writes (`plan.rs`), which `act.rs` makes.

mod act;
mod alias;
mod array;
mod copy;
mod docker;
mod facts;
mod judge;
mod lines;
mod members;
pub(crate) mod name;
mod ours;
mod plan;
mod profiles;
mod raised;
mod record;
mod strip;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;
use toml_edit::DocumentMut;

use crate::adopt::copy::Files;
use crate::adopt::facts::{Facts, disk, git};
use crate::adopt::name::Name;
use crate::adopt::plan::{Plan, Wanted, Write};
use crate::adopt::record::{Record, digest};
use crate::adopt::table::First;
use crate::codegen;
use crate::context::Ctx;

/// What the user wants.
pub(crate) struct Order {
    pub(crate) path: PathBuf,
    pub(crate) name: Option<Name>,
    pub(crate) allow_dirty: bool,
    pub(crate) force: bool,
}

/// What was done, or in a dry run would be.
#[derive(Debug, Serialize)]
pub(crate) struct Adopted {
    /// Root of the other workspace.
    pub(crate) root: PathBuf,
    /// Of package, folder and alias.
    pub(crate) name: String,
    /// Files that were written, from the root on.
    pub(crate) written: Vec<String>,
    /// Files that were removed.
    pub(crate) removed: Vec<String>,
    /// Files of ours that stay as their owner changed them.
    pub(crate) kept: Vec<String>,
    /// What the table ships, where it is new.
    pub(crate) binaries: Vec<String>,
    /// The commands that come next, for a shell in the root.
    pub(crate) next: Vec<String>,
    /// The changes as a unified diff, in a dry run.
    #[serde(skip)]
    pub(crate) diff: String,
}

pub(crate) fn run(ctx: &Ctx, order: Order) -> anyhow::Result<Adopted> {
    let ours = ours::read(&ctx.root)?;
    let facts = facts::ask(ctx, &order.path, order.allow_dirty)?;
    let name = judge::name(&facts, order.name)?;
    let left = leftovers(&facts, &name)?;
    if !order.allow_dirty {
        refuse_dirty(&facts, &left)?;
    }
    judge::refuse_namesake(&facts, &name)?;
    judge::refuse_old_toolchain(&facts)?;
    let first = if facts.has_table { None } else { Some(judge::first(&facts, &name)?) };
    let (wanted, present) = wish(ctx, &facts, &ours, &name, first.as_ref())?;
    if facts.record.is_none() {
        judge::refuse_folder(&name, disk::is_taken(&facts.root, &name)?)?;
    }
    let record = facts.record.as_ref().map(|(_, record)| with_generated(record, &present));
    let mut plan = plan::plan(&wanted, &present, record.as_ref(), &name, order.force)?;
    plan.writes.extend(left.into_iter().map(|path| Write { path, text: None }));
    let ignored = match &facts.dirty {
        Some(_) => git::ignored(&ctx.runner.within(&facts.root), &paths_to_commit(&wanted, &name)),
        None => Vec::new(),
    };
    judge::notes(&facts, &name, &wanted.files, &ignored).iter().for_each(|note| ctx.report.info(note));
    tell_kept(ctx, &plan, &present)?;
    let mut adopted = adopted(&facts, &name, &plan, first.unwrap_or_default());
    if ctx.manner.is_dry {
        let (before, after) = states(&plan, &present);
        adopted.diff = act::diff(ctx, &before, &after)?;
        return Ok(adopted);
    }
    carry_out(ctx, &facts, plan, &name)?;
    Ok(adopted)
}

/// Of what differs, only files of ours and those that we add to are looked into: all else may be a link, or a repository.
fn refuse_dirty(facts: &Facts, left: &[String]) -> anyhow::Result<()> {
    let known = |path: &&String| facts.record.as_ref().is_some_and(|(_, record)| record.knows(path));
    let dirty = facts.dirty.iter().flatten().filter(known).map(String::as_str);
    Ok(judge::refuse_dirty(facts, &disk::contents(&facts.root, dirty)?, left)?)
}

/// What a killed run left beside files that it wrote.
fn leftovers(facts: &Facts, name: &Name) -> anyhow::Result<Vec<String>> {
    let own = format!("{name}/{}", record::FILE);
    let recorded = facts.record.iter().flat_map(|(_, record)| record.paths());
    disk::leftovers(&facts.root, &recorded.chain([own.as_str()]).collect())
}

/// What `codegen` wrote there since of the owner's table is ours too.
fn with_generated(record: &Record, present: &BTreeMap<String, Vec<u8>>) -> Record {
    let mut record = record.clone();
    for (path, states) in &mut record.files {
        let content = present.get(path).map(|content| (digest(content), String::from_utf8_lossy(content)));
        states.extend(content.filter(|(_, text)| codegen::is_untouched(text)).map(|(digest, _)| digest));
    }
    record
}

/// What the other workspace should have, and what of that is there.
fn wish(
    ctx: &Ctx,
    facts: &Facts,
    ours: &Files,
    name: &Name,
    first: Option<&First>,
) -> anyhow::Result<(Wanted, BTreeMap<String, Vec<u8>>)> {
    let text = |path: &str| {
        let found = disk::contents(&facts.root, [path])?;
        anyhow::Ok(found.get(path).map(|text| String::from_utf8_lossy(text).into_owned()))
    };
    let manifest = text("Cargo.toml")?.context("the other workspace has no Cargo.toml")?;
    let manifest = lines::edited(&manifest, |text| manifest_with_all(ctx, facts, ours, name, first, text))?;
    let config = text(facts.config)?.unwrap_or_default();
    let config = lines::edited(&config, |text| alias::add(facts.config, text, name))?;
    let package = ours.iter().filter_map(|(path, text)| Some((path.strip_prefix("xtask/")?.to_owned(), text.clone())));
    let format = ours.get("rustfmt.toml").map(|text| ("rustfmt.toml".to_owned(), text.clone()));
    let copy = copy::copy(&package.chain(format).collect(), name)?;
    let mut files: Files = copy.into_iter().map(|(path, text)| (format!("{name}/{path}"), text)).collect();
    let folder = facts.root.file_name().unwrap_or_default().to_string_lossy();
    // The copy's own codegen speaks of it by its name, and takes the digest of that.
    let named = |text: &str| codegen::marked_anew(&copy::named(text, name));
    files.extend(docker::files(ours, &manifest, &folder)?.into_iter().map(|(path, text)| (path, named(&text))));
    let recorded = facts.record.iter().flat_map(|(_, record)| record.files.keys());
    let paths = files.keys().chain(recorded).map(String::as_str).chain(["Cargo.toml", facts.config]);
    let present = disk::contents(&facts.root, paths)?;
    let edited = [("Cargo.toml".to_owned(), manifest), (facts.config.to_owned(), config)].into();
    Ok((Wanted { files, edited }, present))
}

/// The other one's manifest with all that is added to it.
fn manifest_with_all(
    ctx: &Ctx,
    facts: &Facts,
    ours: &Files,
    name: &Name,
    first: Option<&First>,
    text: &str,
) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = text.parse().context("read the Cargo.toml of the other workspace")?;
    let our_manifest: DocumentMut = ours["Cargo.toml"].parse().context("read the Cargo.toml of this repository")?;
    let others = facts.members.iter().filter(|member| member.folder != name.as_str());
    members::add(&mut manifest, name, &others.map(|member| member.folder.clone()).collect::<Vec<_>>())?;
    if let Some(first) = first {
        table::add(&mut manifest, name, first)?;
    }
    for package in profiles::add(&mut manifest, &our_manifest, name)? {
        ctx.report.info(format!(
            "Cargo.toml has a profile for `{package}` already, which stays: compiled by that, the program may be slower"
        ));
    }
    Ok(manifest.to_string())
}

/// All that an adoption gives, what is recorded of it, and the lock file.
fn paths_to_commit(wanted: &Wanted, name: &Name) -> Vec<String> {
    let more = ["Cargo.lock".to_owned(), format!("{name}/{}", record::FILE)];
    wanted.files.keys().chain(wanted.edited.keys()).cloned().chain(more).collect()
}

/// What stays as its owner changed it, and what would become of it.
fn tell_kept(ctx: &Ctx, plan: &Plan, present: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
    if plan.kept.is_empty() {
        return Ok(());
    }
    let theirs = act::texts(present, plan.kept.keys());
    let ours = plan.kept.iter().filter_map(|(path, text)| Some((path.clone(), text.clone()?))).collect();
    ctx.report.info("kept as it was changed there; with --force it would become ours again by this:");
    act::diff(ctx, &theirs, &ours)?.lines().for_each(|line| ctx.report.info(line));
    Ok(())
}

/// The files that are written, before and after. What is recorded is for the next run and not for people.
fn states(plan: &Plan, present: &BTreeMap<String, Vec<u8>>) -> (Files, Files) {
    let writes = || plan.writes.iter().filter(|write| !write.path.ends_with(record::FILE));
    let after = writes().filter_map(|Write { path, text }| Some((path.clone(), text.clone()?))).collect();
    (act::texts(present, writes().map(|write| &write.path)), after)
}

fn adopted(facts: &Facts, name: &Name, plan: &Plan, first: First) -> Adopted {
    let paths = |is_removed: bool| {
        let writes = plan.writes.iter().filter(|write| write.text.is_none() == is_removed);
        writes.map(|write| write.path.clone()).filter(|path| !path.ends_with(record::FILE)).collect()
    };
    let cargo = |rest: &str| format!("cargo {name} {rest}");
    Adopted {
        root: facts.root.clone(),
        name: name.to_string(),
        written: paths(false),
        removed: paths(true),
        kept: plan.kept.keys().cloned().collect(),
        binaries: first.binaries,
        next: vec![cargo("doctor"), cargo("build-base --no-push"), cargo("build-colony --no-push")],
        diff: String::new(),
    }
}

fn carry_out(ctx: &Ctx, facts: &Facts, plan: Plan, name: &Name) -> anyhow::Result<()> {
    let Plan { writes, mut record, .. } = plan;
    let is_complete = facts.record.as_ref().is_some_and(|(_, record)| record.is_complete);
    if writes.is_empty() && is_complete {
        return Ok(());
    }
    let path = facts.root.join("Cargo.lock");
    let before = facts.has_lock.then(|| fs::read_to_string(&path)).transpose().context("read Cargo.lock")?;
    act::write(&facts.root, &writes)?;
    let there = ctx.runner.within(&facts.root);
    ctx.report.step("add to Cargo.lock", || act::lock(ctx, &there))?;
    let after = fs::read_to_string(&path).context("read the Cargo.lock that cargo wrote")?;
    for change in raised::raised(before.as_deref(), &after)? {
        ctx.report.warning(format!("Cargo.lock: {change}, since the program needs it; the images are built by it too"));
    }
    record.edited.insert("Cargo.lock".to_owned(), [digest(after.as_bytes())].into());
    let path = format!("{name}/{}", record::FILE);
    act::write(&facts.root, &[Write { path, text: Some(record.text()) }])
}
