//! `cargo xtask bench --size 202x4404`: cargo alone beside ours on made-up workspaces, so that one sees what grows with
//! their size.

mod chart;
pub(crate) mod size;
mod table;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use anyhow::Context;
use clap::ValueEnum;

use crate::args::Alternative;
use crate::dockerfiles::{self, Settings};
use crate::edits::BINARIES;
use crate::machine::Machine;
use crate::ours::Xtask;
use crate::process::{capture, text};
use crate::sizes::size::Size;
use crate::sizes::table::{Row, Run, Step};
use crate::sizes::workspace::Marks;
use crate::tables::seconds;
use crate::traces::{self, Traces};
use crate::{clock, docker, process, report, workspace_copy};

/// What a made-up workspace has of the one that we stand in, as far as that has it.
const COPIED: [&str; 2] = ["Docker", ".cargo"];

/// Measures each size after the other. The workspaces are made below `work`, the results written to `folder`.
pub(crate) fn run(
    root: &Path,
    (folder, work): (&Path, &Path),
    (settings, xtask): (&Settings, &Xtask),
    (sizes, rounds): (&[Size], u16),
    traces: &Traces,
) -> anyhow::Result<()> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("read Cargo.toml")?;
    let machine = Machine::look(&settings.chef_image)?;
    let mut rows = Vec::new();
    for &size in sizes {
        let place = work.join(format!("{}x{}", size.members, size.files));
        // BuildKit would answer from its layers of an earlier run.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?.as_secs();
        let marks = Marks { leaf: now, library: now };
        let mut made = MadeUp { root: place, size, marks, manifest: &manifest, settings, xtask };
        made.make(root)?;
        rows.extend(made.measure(rounds)?);
        // The next one has the same names, and not the same sources.
        traces.remove();
        fs::remove_dir_all(&made.root).with_context(|| format!("remove {}", made.root.display()))?;
    }
    publish(folder, &Run { date: clock::now()?, machine, rounds, rows })
}

/// A workspace of one size.
struct MadeUp<'a> {
    root: PathBuf,
    size: Size,
    marks: Marks,
    manifest: &'a str,
    settings: &'a Settings,
    xtask: &'a Xtask,
}

impl MadeUp<'_> {
    /// Writes it, and builds it for the first time by both ways.
    fn make(&self, from: &Path) -> anyhow::Result<()> {
        let Self { root, size, .. } = self;
        report::step(&format!("make a workspace: {size}"), || {
            for name in COPIED.into_iter().filter(|name| from.join(name).is_dir()) {
                workspace_copy::copy_folder(&from.join(name), &root.join(name))?;
            }
            for (path, text) in workspace::files(self.size, self.marks, self.manifest)? {
                let place = root.join(&path);
                let folder = place.parent().context("it lies in a folder")?;
                fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
                fs::write(&place, text).with_context(|| format!("write {}", place.display()))?;
            }
            capture("write the lock file", self.cargo().args(["generate-lockfile", "--offline"]))?;
            self.xtask.codegen(root)
        })?;
        report::step("first build: cargo alone", || self.by_cargo().map(drop))?;
        report::step("first build: ours", || {
            self.xtask.build_base(root, self.settings, &[])?;
            self.by_ours().map(drop)
        })
    }

    /// All rounds: cargo and ours in turn, and now the one first and now the other.
    fn measure(&mut self, rounds: u16) -> anyhow::Result<Vec<Row>> {
        let row = |step: &Step| Row { size: self.size, step: *step, cargo: Vec::new(), ours: Vec::new() };
        let mut rows: Vec<Row> = Step::value_variants().iter().map(row).collect();
        for round in 1..=rounds {
            for row in &mut rows {
                self.edit(row.step)?;
                if row.step == Step::CheckBase {
                    row.ours.push(timed(|| self.xtask.check_base(&self.root, self.settings))?);
                } else if round % 2 == 0 {
                    row.ours.push(self.by_ours()?);
                    row.cargo.push(self.by_cargo()?);
                } else {
                    row.cargo.push(self.by_cargo()?);
                    row.ours.push(self.by_ours()?);
                }
                self.tell(round, rounds, row);
            }
        }
        Ok(rows)
    }

    fn edit(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Leaf => self.marks.leaf += 1,
            Step::Library => self.marks.library += 1,
            Step::Unchanged | Step::CheckBase => return Ok(()),
        }
        let files = workspace::files(self.size, self.marks, self.manifest)?;
        let edited = workspace::edited(&files).into_iter().map(|(path, text)| (path, text.to_owned()));
        workspace_copy::write(&self.root, &edited.collect::<Vec<_>>()).map(drop)
    }

    /// The seconds that cargo takes on this machine.
    fn by_cargo(&self) -> anyhow::Result<f64> {
        let mut build = self.cargo();
        build.args(["build", "--release", "--locked", "--offline", "--target-dir", "target"]);
        build.args(BINARIES.iter().flat_map(|binary| ["--bin", binary]));
        let seconds = timed(|| capture("compile with cargo alone", &mut build).map(drop))?;
        for binary in BINARIES {
            let mut ask = Command::new(self.root.join("target/release").join(binary));
            self.require(binary, &text(&process::probe(ask.arg("--version"))?.stdout))?;
        }
        Ok(seconds)
    }

    /// The seconds that our whole command takes.
    fn by_ours(&self) -> anyhow::Result<f64> {
        let name = dockerfiles::image(Alternative::Ours);
        let before = docker::image(&name)?;
        let seconds = timed(|| self.xtask.build_colony(&self.root, self.settings).map(drop))?;
        for binary in BINARIES {
            self.require(binary, &docker::version(&name, &format!("/usr/local/bin/{binary}"))?)?;
        }
        // Else each build would leave one.
        if let Some(before) = before {
            traces::remove_nameless_image(&before.id)?;
        }
        Ok(seconds)
    }

    /// Figures of a program that is not that of the sources would be worth nothing.
    fn require(&self, binary: &str, said: &str) -> anyhow::Result<()> {
        let right = workspace::answer(binary, self.marks);
        anyhow::ensure!(said.trim_end() == right, "`{binary} --version` says `{said}`, and its sources say `{right}`");
        Ok(())
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root);
        cargo
    }

    fn tell(&self, round: u16, rounds: u16, row: &Row) {
        let last = |times: &[f64]| times.last().map_or_else(|| "–".to_owned(), |time| format!("{} s", seconds(*time)));
        let what = format!("{}, round {round} of {rounds}, {}", self.size, row.step.title());
        report::info(format!("{what}: cargo {}, ours {}", last(&row.cargo), last(&row.ours)));
    }
}

fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64())
}

fn publish(folder: &Path, run: &Run) -> anyhow::Result<()> {
    let json = format!("{:#}\n", run.to_json());
    for (name, text) in [("sizes.json", json), ("sizes.md", run.markdown()), ("sizes.svg", chart::svg(run)?)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        report::info(format!("wrote {}", path.display()));
    }
    print!("{}", run.terminal());
    Ok(())
}
