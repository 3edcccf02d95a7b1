//! The whole run: warms every alternative, measures all cases in interleaved rounds, writes the report.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use anyhow::Context;

use crate::args::{Alternative, Bench, Case};
use crate::contender::{Common, Contender};
use crate::course::{self, State};
use crate::docker::{self, CHEF, RUNTIME};
use crate::dockerfiles::Settings;
use crate::edits::Originals;
use crate::machine::Machine;
use crate::ours::Xtask;
use crate::outcome::{Outcome, Results};
use crate::process::Stop;
use crate::record::Run;
use crate::traces::Traces;
use crate::{chart, clock, report, sizes, tables, updates, workspace_copy};

/// Cargo's, in whose `debug` this program lies.
fn target_dir() -> anyhow::Result<PathBuf> {
    let program = env::current_exe().context("find the program that runs")?;
    program.ancestors().nth(2).map(Path::to_owned).context("this program lies in no target directory")
}

impl Bench {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let root = root()?;
        let settings = Settings {
            builder: self.builder.clone().map_or_else(docker::default_builder, Ok)?,
            chef_image: CHEF.resolve(self.chef_image.clone())?,
            runtime_image: RUNTIME.resolve(self.runtime_image.clone())?,
            ca_bundle: ca_bundle(),
        };
        self.measure(&root, &settings).map_err(begun)
    }

    fn measure(&self, root: &Path, settings: &Settings) -> anyhow::Result<()> {
        let (cases, alternatives, rounds, keep) = (self.cases(), self.alternatives(), self.rounds, self.keep);
        let sizes = self.sizes()?;
        let traces = Traces::new(&settings.builder, keep);
        // An earlier run may have been killed, and a mount that is warm already would falsify the first build.
        traces.remove();
        let folder = target_dir()?.join("xtask/bench");
        let work = Work::make(folder.join("work"), keep)?;
        let xtask = Xtask::copy(&self.xtask, &work.0)?;
        if !sizes.is_empty() {
            return sizes::run(root, (&folder, &work.0), (settings, &xtask), (&sizes, rounds), &traces);
        }
        let course = Course::prepare(root, &work.0, rounds, &cases)?;
        let common = Common { settings, originals: &course.originals, xtask: &xtask };
        let contenders = alternatives
            .iter()
            .map(|who| Contender::new(root, &work.0, *who, common))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut results = Results::new(cases, alternatives);
        warm_up(&contenders, &course.start, &mut results)?;
        let machine = Machine::look(&settings.chef_image)?;
        for (index, step) in course.steps.iter().enumerate() {
            let takes_part = |contender: &&Contender<'_>| contender.alternative.takes_part(step.case);
            for contender in course::rotated(&contenders.iter().filter(takes_part).collect::<Vec<_>>(), index) {
                if let Some(detour) = &step.detour {
                    contender.visit(detour)?;
                }
                let outcome = contender.measure(&step.target)?;
                say((step.round, rounds), step.case, contender.alternative, &outcome);
                results.add(step.case, contender.alternative, outcome);
            }
        }
        publish(&folder, &Run { date: clock::now()?, machine, rounds, results })
    }
}

/// From the first effect on an unmet precondition is a failed step like any other: its own code says that nothing was
/// changed.
fn begun(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(Stop::Precondition(_)) => anyhow::anyhow!("{error:#}"),
        _ => error,
    }
}

/// The workspace that this package belongs to.
fn root() -> anyhow::Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.ancestors().nth(2).map(Path::to_owned).context("the benchmark lies in no workspace")
}

/// The CA bundle that the host is told to trust, found as the xtask finds it: our builds get it too.
fn ca_bundle() -> Option<PathBuf> {
    let variables = ["CARGO_HTTP_CAINFO", "SSL_CERT_FILE", "CURL_CA_BUNDLE"];
    variables.into_iter().filter_map(env::var_os).map(PathBuf::from).find(|path| path.is_file())
}

/// The states that are built, and what is needed to write them into the sources.
struct Course {
    originals: Originals,
    start: State,
    steps: Vec<course::Step>,
}

impl Course {
    fn prepare(root: &Path, work: &Path, rounds: u16, cases: &[Case]) -> anyhow::Result<Self> {
        let mut originals = Originals::read(root)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?.as_secs();
        if cases.contains(&Case::GuiDependency) {
            let scratch = work.join("updates");
            workspace_copy::make(root, &scratch)?;
            let lock = originals.locks[0].clone();
            let found = report::step("find updates of crates that only the gui needs", || {
                updates::locks(&scratch, &lock, now, rounds)
            })?;
            originals.locks.extend(found);
        }
        if cases.contains(&Case::DependencyUpdate) {
            let scratch = work.join("updates");
            workspace_copy::make(root, &scratch)?;
            originals.updates = report::step("find updates of crates that the binaries need", || {
                updates::of_dependencies(&scratch, &originals.locks[0], now, rounds)
            })?;
        }
        let start = course::start(now);
        Ok(Self { originals, start, steps: course::plan(start, rounds, cases) })
    }
}

fn warm_up(contenders: &[Contender<'_>], start: &State, results: &mut Results) -> anyhow::Result<()> {
    for contender in contenders {
        let name = format!("first build: {}", tables::label(contender.alternative));
        let seconds = report::step(&name, || contender.warm_up(start))?;
        results.warm_ups.insert(contender.alternative, seconds);
    }
    Ok(())
}

fn say((round, rounds): (u16, u16), case: Case, alternative: Alternative, outcome: &Outcome) {
    let what = format!("round {round} of {rounds}, {}, {}", case.title(), tables::label(alternative));
    match outcome {
        Ok(sample) if sample.right => report::info(format!("{what}: {} s", tables::seconds(sample.seconds))),
        Ok(sample) => {
            report::warning(format!(
                "{what}: {} s, and the image holds the WRONG code",
                tables::seconds(sample.seconds)
            ));
        }
        Err(error) => report::error(format!("{what}: {error}")),
    }
}

fn publish(folder: &Path, run: &Run) -> anyhow::Result<()> {
    let json = format!("{:#}\n", run.to_json());
    for (name, text) in [("report.json", json), ("report.md", tables::markdown(run)), ("chart.svg", chart::svg(run)?)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        report::info(format!("wrote {}", path.display()));
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
            report::warning(format!("remove {}: {error}", folder.display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_lost_on_the_way_is_a_failed_step_and_an_interruption_stays_one() {
        let lost = begun(Stop::Precondition("gone".to_owned()).into());
        assert_eq!((lost.to_string().as_str(), lost.downcast_ref::<Stop>()), ("gone", None));
        assert_eq!(begun(Stop::Interrupted.into()).downcast_ref(), Some(&Stop::Interrupted));
    }
}
