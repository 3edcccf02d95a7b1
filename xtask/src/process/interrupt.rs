//! Ctrl-C, SIGTERM and SIGHUP (a terminal that is closed): remembered, so that a step can end its children and say what was done before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{ExitCode, Failure};

/// Whether somebody asked us to stop. Clones share the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Catches the signals from now on. A second one ends the program at once.
    pub(crate) fn catch() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The order matters: the first signal finds the flag unset and only sets it.
            signal_hook::flag::register_conditional_shutdown(
                signal,
                i32::from(ExitCode::Interrupted as u8),
                interrupt.0.clone(),
            )
            .context("catch signals")?;
            signal_hook::flag::register(signal, interrupt.0.clone()).context("catch signals")?;
        }
        Ok(interrupt)
    }

    /// Somebody has asked.
    #[cfg(test)]
    pub(super) fn raised() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// An error once somebody asked us to stop.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.is_set() {
            return Err(Failure::new(ExitCode::Interrupted, "interrupted").into());
        }
        Ok(())
    }
}
