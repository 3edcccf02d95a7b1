//! What a build ends with: the image in the local engine, what is told of it, and one line on stdout.

use serde_json::json;

use crate::context::Ctx;
use crate::docker::LocalImage;
use crate::publish::record::Record;
use crate::report::megabytes;

/// A finished build.
pub(crate) struct Built {
    /// Its name in the local engine.
    pub(crate) image: String,
    pub(crate) local: LocalImage,
    /// Size of all files in it, the same on every image store.
    pub(crate) bytes: u64,
    /// What the summary tells besides name, ID and size.
    pub(crate) rows: Vec<(String, String)>,
}

impl Built {
    /// Prints the summary, then on stdout the image's name (where it was pushed, with its digest) or a JSON record.
    pub(crate) fn tell(&self, ctx: &Ctx, title: &str, record: Option<&Record<'_>>, as_json: bool) {
        let Self { image, local, bytes, rows } = self;
        let mut all = vec![("image", image.clone()), ("image ID", local.id.clone()), ("size", megabytes(*bytes))];
        all.extend(rows.iter().map(|(label, value)| (label.as_str(), value.clone())));
        if let Some(record) = record {
            let how = if record.pushed.sent { "" } else { " (ECR holds it already)" };
            all.push(("pushed", format!("{}{how}", record.pushed.reference)));
            all.push(("digest", record.pushed.digest.clone()));
            all.extend(record.permanent.clone().map(|permanent| ("permanent", permanent)));
        }
        ctx.report.summary(title, &all);
        match (record, as_json) {
            (Some(record), true) => println!("{}", record.to_json(ctx)),
            (Some(record), false) => println!("{}", record.pushed.pinned),
            (None, true) => {
                println!("{}", json!({ "image": image, "id": local.id, "platform": local.platform, "bytes": bytes }));
            }
            (None, false) => println!("{image}"),
        }
    }
}
