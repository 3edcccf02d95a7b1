//! The escape sequences by which programs colour what they write.

use anstream::adapter::strip_str;

/// The text without them.
pub(crate) fn without(text: &str) -> String {
    strip_str(text).to_string()
}
