//! `cargo xtask bench`: warms every alternative, measures all cases in interleaved rounds, writes the report.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;

use crate::base_images::{CHEF, RUNTIME};
use crate::bench::args::{Alternative, Bench, Case};
use crate::bench::contender::{Common, Contender, Settings, Xtask};
use crate::bench::course::{self, State};
use crate::bench::edits::Originals;
use crate::bench::machine::Machine;
use crate::bench::outcome::{Outcome, Results};
use crate::bench::record::Run;
use crate::bench::traces::Traces;
use crate::bench::{chart, tables, updates, workspace_copy};
use crate::context::Ctx;
use crate::docker::Docker;
use crate::{base, clock};

impl Bench {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let (cases, alternatives) = (self.cases(), self.alternatives());
        let Self { rounds, cases: _, alternatives: _, keep, builder, chef, runtime_image } = self;
        let docker = Docker::new(ctx);
        let settings = Settings {
            builder: builder.map_or_else(|| docker.default_builder(), Ok)?,
            chef_image: CHEF.resolve(ctx, &docker, chef.chef_image.as_deref())?.reference,
            runtime_image: RUNTIME.resolve(ctx, &docker, runtime_image.as_deref())?.reference,
            ca_bundle: base::ca_bundle(),
        };
        let traces = Traces::new(ctx, &settings.builder, keep);
        // An earlier run may have been killed, and a mount that is warm already would falsify the first build.
        traces.remove();
        let folder = ctx.state_dir().join("bench");
        let work = Work::make(folder.join("work"), keep)?;
        let course = Course::prepare(ctx, &work.0, rounds, &cases)?;
        let xtask = Xtask::copy_to(&work.0)?;
        let common = Common { settings: &settings, originals: &course.originals, xtask: &xtask };
        let contenders = alternatives
            .iter()
            .map(|who| Contender::new(ctx, &work.0, *who, common))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut results = Results::new(cases, alternatives);
        warm_up(ctx, &contenders, &course.start, &mut results)?;
        let machine = Machine::look(ctx, &settings.chef_image)?;
        for (index, step) in course.steps.iter().enumerate() {
            for contender in course::rotated(&contenders.iter().collect::<Vec<_>>(), index) {
                if let Some(detour) = &step.detour {
                    contender.visit(detour)?;
                }
                let outcome = contender.measure(&step.target)?;
                say(ctx, (step.round, rounds), step.case, contender.alternative, &outcome);
                results.add(step.case, contender.alternative, outcome);
            }
        }
        publish(ctx, &folder, &Run { date: clock::now()?, machine, rounds, results })
    }
}

/// The states that are built, and what is needed to write them into the sources.
struct Course {
    originals: Originals,
    start: State,
    steps: Vec<course::Step>,
}

impl Course {
    fn prepare(ctx: &Ctx, work: &Path, rounds: u16, cases: &[Case]) -> anyhow::Result<Self> {
        let mut originals = Originals::read(&ctx.root)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?.as_secs();
        if cases.contains(&Case::GuiDependency) {
            let scratch = work.join("updates");
            workspace_copy::make(&ctx.root, &scratch)?;
            let lock = originals.locks[0].clone();
            let found = ctx.report.step("find updates of crates that only the gui needs", || {
                updates::locks(ctx, &scratch, &lock, now, rounds)
            })?;
            originals.locks.extend(found);
        }
        let start = course::start(now);
        Ok(Self { originals, start, steps: course::plan(start, rounds, cases) })
    }
}

fn warm_up(ctx: &Ctx, contenders: &[Contender<'_>], start: &State, results: &mut Results) -> anyhow::Result<()> {
    for contender in contenders {
        let name = format!("first build: {}", tables::label(contender.alternative));
        let seconds = ctx.report.step(&name, || contender.warm_up(start))?;
        results.warm_ups.insert(contender.alternative, seconds);
    }
    Ok(())
}

fn say(ctx: &Ctx, (round, rounds): (u16, u16), case: Case, alternative: Alternative, outcome: &Outcome) {
    let what = format!("round {round} of {rounds}, {}, {}", case.title(), tables::label(alternative));
    match outcome {
        Ok(sample) if sample.right => ctx.report.info(format!("{what}: {} s", tables::seconds(sample.seconds))),
        Ok(sample) => {
            ctx.report
                .warning(format!("{what}: {} s, and the image holds the WRONG code", tables::seconds(sample.seconds)));
        }
        Err(error) => ctx.report.error(format!("{what}: {error}")),
    }
}

fn publish(ctx: &Ctx, folder: &Path, run: &Run) -> anyhow::Result<()> {
    let json = format!("{:#}\n", run.to_json());
    for (name, text) in [("report.json", json), ("report.md", tables::markdown(run)), ("chart.svg", chart::svg(run))] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        ctx.report.info(format!("wrote {}", path.display()));
    }
    print!("{}", tables::terminal(run));
    Ok(())
}

/// The folder of the copies, removed at the end.
struct Work(PathBuf, bool);

impl Work {
    fn make(folder: PathBuf, keep: bool) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(Self(folder, keep))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let Self(folder, keep) = self;
        if *keep {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&*folder) {
            eprintln!("[WARNING] remove {}: {error}", folder.display());
        }
    }
}
