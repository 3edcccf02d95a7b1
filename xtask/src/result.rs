//! What a build ends with: the image in the local engine, and one line about it on stdout.

use serde_json::json;

use crate::docker::LocalImage;

/// A finished build.
pub(crate) struct Built {
    /// Its name in the local engine.
    pub(crate) image: String,
    pub(crate) local: LocalImage,
}

impl Built {
    /// Prints the local image, or a JSON record of it.
    pub(crate) fn print(&self, as_json: bool) {
        let Self { image, local } = self;
        if as_json {
            println!("{}", json!({ "image": image, "id": local.id, "platform": local.platform, "bytes": local.size }));
        } else {
            println!("{image}");
        }
    }
}
