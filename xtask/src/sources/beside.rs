//! What of the workspace root is a source of the package that lies in it: the root holds everything else too. Git tells it,
//! by what is tracked or not ignored. Where there is no repository, all that lies there is one but caches, as cargo itself
//! takes it. What is hidden in the root, and the folder of the Dockerfiles, are none in either case.

use std::path::Path;

use crate::workspace::listing::Listing;
use crate::workspace::paths::is_cache;

/// The folder of the Dockerfiles.
const DOCKER: &str = "Docker";

/// Whether a path that belongs to the package in the root is one of its sources. `place` is where it lies.
pub(super) fn is_source(listing: Option<&Listing>, path: &str, place: &Path, is_folder: bool) -> bool {
    let top = path.split('/').next().unwrap_or(path);
    if top.starts_with('.') || top == DOCKER {
        return false;
    }
    // Git tells of a repository inside of this one no more than its folder.
    if is_folder && is_cache(place) {
        return false;
    }
    match listing {
        Some(listing) if is_folder => listing.reaches(path),
        Some(listing) => listing.holds(path),
        None => true,
    }
}
