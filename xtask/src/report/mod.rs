//! What the user sees on stderr: status lines, the time of each step, the summary. Results go to stdout elsewhere.

pub(crate) mod compiled;
pub(crate) mod github;
pub(crate) mod record;
pub(crate) mod running;
mod step;
pub(crate) mod timings;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use time::OffsetDateTime;

pub(crate) use crate::report::step::{Step, seconds};

use crate::failure;
use crate::report::github::{Fold, Job};
use crate::report::timings::Inner;
use crate::terminal::manner::Manner;
use crate::terminal::stdout;

/// Prints status lines and remembers how long each step took. Shared by threads.
pub(crate) struct Report {
    manner: Manner,
    /// Whom a run in GitHub Actions tells besides.
    job: Option<Job>,
    steps: Mutex<Vec<Step>>,
    /// What others did inside of the steps.
    inner: Mutex<Vec<Inside>>,
    /// Warnings that are not said again; shared by the reports of one run.
    warned: Arc<Mutex<BTreeSet<String>>>,
    started: Instant,
    /// The same by the clock that others have too.
    began: OffsetDateTime,
    /// Lines that wait until BuildKit's display is over; `None` prints at once.
    waiting: Option<Mutex<Vec<(Level, String)>>>,
}

/// What others did inside of the step of that name.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    pub(crate) step: String,
    pub(crate) done: Vec<Inner>,
}

#[derive(Clone, Copy, Debug)]
enum Level {
    Info,
    /// What belongs to an error, and so is told wherever that is.
    Cure,
    Warning,
    Error,
}

impl Report {
    pub(crate) fn new(manner: Manner) -> Self {
        Self {
            manner,
            job: Job::here(),
            steps: Mutex::default(),
            inner: Mutex::default(),
            warned: Arc::default(),
            started: Instant::now(),
            began: OffsetDateTime::now_utc(),
            waiting: None,
        }
    }

    /// A report for one more round of the same work, whose times begin now.
    pub(crate) fn anew(&self) -> Self {
        Self { warned: self.warned.clone(), ..Self::new(self.manner) }
    }

    /// A report for work beside this one: its lines wait until they are [absorbed](Self::absorb).
    pub(crate) fn aside(&self) -> Self {
        Self {
            manner: self.manner,
            job: self.job.clone(),
            steps: Mutex::default(),
            inner: Mutex::default(),
            warned: self.warned.clone(),
            started: self.started,
            began: self.began,
            waiting: Some(Mutex::new(Vec::new())),
        }
    }

    /// Prints the lines that waited and takes over the steps.
    pub(crate) fn absorb(&self, aside: &Self) {
        if let Some(waiting) = &aside.waiting {
            for (level, text) in std::mem::take(&mut *lock(waiting)) {
                self.lines(level, &text);
            }
        }
        lock(&self.steps).append(&mut lock(&aside.steps));
    }

    pub(crate) fn info(&self, text: impl AsRef<str>) {
        self.lines(Level::Info, text.as_ref());
    }

    /// How an error is mended.
    pub(crate) fn cure(&self, text: impl AsRef<str>) {
        self.lines(Level::Cure, text.as_ref());
    }

    pub(crate) fn warning(&self, text: impl AsRef<str>) {
        self.lines(Level::Warning, text.as_ref());
    }

    /// A warning that several parts of one run may have to give.
    pub(crate) fn warning_once(&self, text: &str) {
        if lock(&self.warned).insert(text.to_owned()) {
            self.warning(text);
        }
    }

    pub(crate) fn error(&self, text: impl AsRef<str>) {
        self.lines(Level::Error, text.as_ref());
    }

    /// Prints the result of something that was done, which stands whether anybody hears of it or not.
    pub(crate) fn result(&self, result: impl Display) {
        if let Err(error) = stdout::line(&result) {
            self.error(format!("the result could not be told ({error:#}), but what was done stands: {result}"));
        }
    }

    /// What went wrong and the cure, where one is known.
    pub(crate) fn failure(&self, error: &anyhow::Error) {
        let (message, hints) = (format!("{error:#}"), failure::hints(error));
        self.error(&message);
        hints.iter().for_each(|hint| self.cure(hint));
        if let Some(job) = &self.job {
            job.annotate(&message, &hints);
        }
    }

    /// Where in a file an error is that the compiler has told already, for whoever shows it there.
    pub(crate) fn place(&self, error: &str, file: &str, line: &str, column: &str) {
        if let Some(job) = &self.job {
            job.annotate_at(error, file, line, column);
        }
    }

    /// Folds the log until the value goes, where there is a way to.
    pub(crate) fn fold(&self, title: &str) -> Option<Fold> {
        self.job.as_ref().map(|job| job.fold(title))
    }

    /// Runs one step, says when it begins and how it ended, and keeps its time for the summary. In a dry run nothing is
    /// said of it: it did not happen.
    pub(crate) fn step<T>(&self, name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        if self.manner.is_dry {
            return work();
        }
        self.info(format!("{name} …"));
        let started = Instant::now();
        let outcome = work();
        let took = started.elapsed();
        match &outcome {
            Ok(_) => self.info(format!("{name}: ok ({})", seconds(took))),
            Err(_) => self.error(format!("{name}: failed after {}", seconds(took))),
        }
        lock(&self.steps).push(Step { name: name.to_owned(), start: started - self.started, took });
        outcome
    }

    /// The steps so far, in the order in which they began.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = lock(&self.steps).clone();
        steps.sort_by_key(|step| step.start);
        steps
    }

    /// Keeps what others did inside of the step of that name.
    pub(crate) fn keep_inside(&self, step: &str, done: Vec<Inner>) {
        lock(&self.inner).push(Inside { step: step.to_owned(), done });
    }

    /// What others did, so far.
    pub(crate) fn inner(&self) -> Vec<Inside> {
        lock(&self.inner).clone()
    }

    /// When it began, by the clock that others have too.
    pub(crate) fn began(&self) -> OffsetDateTime {
        self.began
    }

    /// Prints `rows` (label and value), then each step with its time and its begin, and the total.
    pub(crate) fn summary<L: AsRef<str>>(&self, title: &str, rows: &[(L, String)]) {
        self.info(format!("---- {title} ----"));
        let steps = self.steps();
        let labels = rows.iter().map(|(label, _)| label.as_ref()).chain(steps.iter().map(|step| step.name.as_str()));
        let width = labels.map(|label| label.chars().count()).max().unwrap_or(0);
        for (label, value) in rows {
            let label = label.as_ref();
            self.info(format!("{label:width$}  {value}"));
        }
        for Step { name, start, took } in &steps {
            self.info(format!("{name:width$}  {:<9}  (from {})", seconds(*took), seconds(*start)));
        }
        self.info(format!("{:width$}  {}", "total", seconds(self.started.elapsed())));
    }

    /// Tells whoever comes next of an image: what is on the page of the job, and the outputs of its step. The image stands
    /// whether that can be written or not.
    pub(crate) fn hand_over(&self, title: &str, rows: &[(String, String)], outputs: &[(&str, String)]) {
        let told = self.job.as_ref().map(|job| job.hand_over(title, rows, &self.steps(), outputs));
        if let Some(Err(error)) = told {
            self.warning(format!("the job is not told of the {title}: {error:#}"));
        }
    }

    fn lines(&self, level: Level, text: &str) {
        if let Some(waiting) = &self.waiting {
            lock(waiting).push((level, text.to_owned()));
            return;
        }
        let (word, colour, is_extra) = match level {
            Level::Info => ("INFO", 32, true),
            Level::Cure => ("INFO", 32, false),
            Level::Warning => ("WARNING", 33, true),
            Level::Error => ("ERROR", 31, false),
        };
        if is_extra && self.manner.is_quiet() {
            return;
        }
        let is_coloured = self.manner.is_coloured();
        let mut stderr = std::io::stderr().lock();
        for line in text.lines() {
            let written = if is_coloured {
                writeln!(stderr, "\x1b[{colour}m[{word}]\x1b[0m {line}")
            } else {
                writeln!(stderr, "[{word}] {line}")
            };
            // A closed stderr leaves nowhere to complain to; the exit code still tells.
            if written.is_err() {
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it holds the lock")
}

/// A size for people, in decimal megabytes as `docker images` prints it.
pub(crate) fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal_megabytes() {
        assert_eq!(megabytes(48_250_000), "48.2 MB");
    }
}
