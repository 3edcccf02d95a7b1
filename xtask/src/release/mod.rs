//! Names that mean something, and what they mean now: versions (`version.rs`, and `choice.rs` where they come from), what a
//! repository holds (`stock.rs`, `table.rs`), and tags that move to an image that is there (`retag.rs`).

pub(crate) mod choice;
pub(crate) mod retag;
pub(crate) mod stock;
pub(crate) mod table;
pub(crate) mod version;
