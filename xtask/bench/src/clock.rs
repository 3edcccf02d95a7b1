//! The clock, in the one form in which it is written.

use anyhow::Context;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time in UTC, such as `2026-11-22T18:05:11Z`.
pub(crate) fn now() -> anyhow::Result<String> {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is a nanosecond");
    now.format(&Rfc3339).context("write the time")
}
