//! How this program talks to whoever started it: what was asked for by flags, and results on stdout. Status lines are
//! `report/`.

pub(crate) mod colour;
pub(crate) mod manner;
pub(crate) mod stdout;
