//! The same work again after every save. `scope.rs` knows what decides it, `seen.rs` what differs between two looks at
//! that, `burst.rs` which events of the disk count and when it is quiet again, `ears.rs` listens.
//!
//! Events only wake us; content decides. So a save during a build, an event that got lost in a crowd, or a touch that
//! changed nothing are all the same question: does anything differ from what the last round began with?

mod burst;
mod ears;
mod scope;
mod seen;

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::context::Ctx;
use crate::failure::{self, ExitCode, Failure};
use crate::watch::ears::Ears;
use crate::watch::scope::Scope;
use crate::watch::seen::Seen;
use crate::workspace::names::Names;

const WAITS: &str = "waiting for a change (Ctrl-C ends)";

/// Does the work once, and again whenever something changed that decides the colony image, or one of the files `beside`
/// it (relative to the workspace root). What fails is told, and the next change waited for. Ends when somebody interrupts
/// it, and where something is missing that no edit brings back.
pub(crate) fn on_save(
    ctx: &Ctx,
    beside: &[&'static str],
    mut work: impl FnMut(&Ctx) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut watch = Watch::begin(ctx, beside)?;
    loop {
        // Of its own, so that times and warnings are those of this round.
        let round = ctx.anew();
        let outcome = same_names(&round).and_then(|()| work(&round));
        match outcome {
            Err(error) if is_the_end(&error) => return Err(error),
            Err(error) => {
                round.report.failure(&error);
                watch.wait(Last::Failed)?;
            }
            Ok(()) => watch.wait(Last::Done)?,
        }
    }
}

/// The command line was read by the names in the table.
fn same_names(ctx: &Ctx) -> anyhow::Result<()> {
    if Names::read(&ctx.root)? == ctx.names {
        return Ok(());
    }
    Err(Failure::precondition("the names in [workspace.metadata.images] are others now").hint("Start again").into())
}

/// Whether no edit can mend it.
fn is_the_end(error: &anyhow::Error) -> bool {
    matches!(failure::code(error), ExitCode::Interrupted | ExitCode::Precondition)
}

/// How the last round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Done,
    /// Perhaps for a reason that lies elsewhere, such as a base that somebody builds meanwhile: so a file that is only
    /// saved again counts too.
    Failed,
}

struct Watch<'a> {
    ctx: &'a Ctx,
    scope: Scope,
    ears: Ears,
    /// The folders that are listened to.
    folders: BTreeSet<PathBuf>,
    /// What the last round began with.
    seen: Seen,
}

impl<'a> Watch<'a> {
    fn begin(ctx: &'a Ctx, beside: &[&'static str]) -> anyhow::Result<Self> {
        let mut scope = Scope::new(beside);
        scope.learn(ctx);
        let mut watch = Self { ctx, scope, ears: Ears::open()?, folders: BTreeSet::new(), seen: Seen::default() };
        watch.seen = watch.look()?;
        Ok(watch)
    }

    /// Returns when the next round is due, and says why.
    fn wait(&mut self, last: Last) -> anyhow::Result<()> {
        // What was saved meanwhile shows itself by its content.
        self.ears.forget()?;
        let mut is_told = false;
        let mut saved = None;
        loop {
            let now = self.look()?;
            if let Some(change) = self.seen.change(&now) {
                self.ctx.report.info(change.to_string());
                self.seen = now;
                if change.may_move_the_scope() || self.scope.is_lost() {
                    self.scope.learn(self.ctx);
                    self.seen = self.look()?;
                }
                return Ok(());
            }
            if let Some(path) = saved.filter(|_| last == Last::Failed) {
                self.ctx.report.info(format!("{path} saved"));
                return Ok(());
            }
            if !is_told {
                self.ctx.report.info(WAITS);
                is_told = true;
            }
            let burst = self.ears.wait(|| self.ctx.runner.is_interrupted())?;
            saved = self.seen.saved(&self.ctx.root, &burst);
        }
    }

    /// Listens first and looks then, so that no change falls between the two. All folders are listened to again each
    /// time: one that was removed and came back is another one.
    fn look(&mut self) -> anyhow::Result<Seen> {
        loop {
            self.ears.listen(&self.folders)?;
            let mut folders = BTreeSet::new();
            self.scope.list(self.ctx)?;
            let seen = self.scope.look(&self.ctx.root, &mut folders);
            let is_heard = folders.is_subset(&self.folders);
            self.folders = folders;
            if is_heard {
                return Ok(seen);
            }
        }
    }
}
