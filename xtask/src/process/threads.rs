//! Work done at the same time.

use std::thread::ScopedJoinHandle;

/// The value of a thread, whose panic is ours.
pub(crate) fn joined<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
