//! What the other workspace gets below `Docker/`. Pure.

use std::collections::BTreeMap;

use crate::adopt::copy::Files;
use crate::adopt::table::First;

/// The same everywhere.
const AS_THEY_ARE: [&str; 7] = [
    "Docker/.dockerignore",
    "Docker/Dockerfile.base.dockerignore",
    "Docker/Dockerfile.dockerignore",
    "Docker/compile.sh",
    "Docker/local/chef.Dockerfile",
    "Docker/local/runtime.Dockerfile",
    "Docker/seed.sh",
];

/// `ours` has the files of this repository.
pub(super) fn files(ours: &Files, first: &First) -> Files {
    let fixed = AS_THEY_ARE.iter().filter_map(|&path| Some((path.to_owned(), ours.get(path)?.clone())));
    fixed.chain(generated(ours, first)).collect()
}

/// What follows from the table.
fn generated(ours: &Files, first: &First) -> BTreeMap<String, String> {
    let base = ours.get("Docker/Dockerfile.base").map(String::as_str).unwrap_or_default();
    let colony = ours.get("Docker/Dockerfile").map(String::as_str).unwrap_or_default();
    let mut lines = Vec::new();
    let mut is_setting = false;
    for line in colony.lines() {
        is_setting = line.starts_with("ENV SERVICE_TYPE") || (is_setting && line.starts_with(' '));
        if is_setting || line.starts_with("EXPOSE ") {
            continue;
        }
        if line.starts_with("COPY --link --from=builder /out/") {
            if !lines.iter().any(|line: &String| line.starts_with("COPY --link")) {
                lines.extend(first.binaries.iter().map(|name| format!("COPY --link --from=builder /out/{name}/ /")));
            }
        } else if line.starts_with("CMD ") {
            lines.push(format!("CMD [\"/usr/local/bin/{}\"]", first.binaries[0]));
        } else {
            lines.push(line.to_owned());
        }
    }
    let colony: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    [("Docker/Dockerfile", colony.as_str()), ("Docker/Dockerfile.base", base)]
        .map(|(path, text)| (path.to_owned(), text.replace("distributed-colony", &first.repository)))
        .into()
}
