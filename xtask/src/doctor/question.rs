//! What all questions to this machine have in common.

use std::time::Duration;

/// A client or a registry that takes longer than this is taken for dead.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn on_path(program: &str) -> bool {
    which::which(program).is_ok()
}
