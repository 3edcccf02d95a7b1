//! The only source of chance and of fingerprints: mixing of 64-bit numbers, the same on every machine.
//! The standard library's hashers promise no stable output between releases, so none of them is used here.

use crate::world::Row;

/// Mixes one more value into a hash; the order of the values matters.
pub fn fold(hash: u64, value: u64) -> u64 {
    // The finaliser of SplitMix64: every input bit reaches every output bit.
    let mut mixed = hash.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ value;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The fingerprint of one row of the world.
pub fn row_hash(row: &Row) -> u64 {
    row.iter().fold(0, |hash, cell| fold(hash, u64::from(u16::from(*cell))))
}

/// The fingerprint of a whole world from its row hashes in global order, and so independent of how the rows
/// are spread over backends.
pub fn world_hash(tick: u64, row_hashes: impl IntoIterator<Item = u64>) -> u64 {
    row_hashes.into_iter().fold(fold(0, tick), fold)
}
