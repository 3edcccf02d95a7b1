//! The one line on stdout that a build ends with.

use serde_json::json;

use crate::docker::LocalImage;

/// Prints the local image, or a JSON record of it.
pub(crate) fn print(image: &str, local: &LocalImage, as_json: bool) {
    if as_json {
        println!("{}", json!({ "image": image, "id": local.id, "platform": local.platform, "bytes": local.size }));
    } else {
        println!("{image}");
    }
}
