//! Whether an image that stands is of this workspace. One of another workspace keeps its name, and no clean-up takes it.

use crate::context::Ctx;
use crate::docker::LocalImage;
use crate::failure::Failure;
use crate::workspace::own_name::{self, WORKSPACE_LABEL, WorkspaceName};

/// The workspace that an image with these labels, or a container of one, is of, where that is another one. `key` is the
/// label by which an image of ours is told from any other: one without it is nobody's, as far as we know.
pub(crate) fn other<'a>(own: &WorkspaceName, key: &str, label: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    let is_of_some = [key, WORKSPACE_LABEL].iter().any(|key| label(key).is_some());
    let owner = own_name::owner(label);
    (is_of_some && owner != own.to_string()).then_some(owner)
}

/// Fails where a build of ours would take `name` from an image of another workspace; a dry run only warns.
pub(crate) fn require(ctx: &Ctx, name: &str, key: &str, standing: Option<&LocalImage>) -> anyhow::Result<()> {
    let own = &ctx.names.workspace;
    let Some(other) = standing.and_then(|image| other(own, key, |key| image.label(key))) else { return Ok(()) };
    let failure = Failure::precondition(format!("the image '{name}' is of another workspace, `{other}`"))
        .hint(format!("Name another repository or tag, or what this workspace (`{own}`) is called: repository in"))
        .hint("  [workspace.metadata.images] of Cargo.toml; two workspaces with one name there share all that bears it")
        .hint(format!("Or, if nobody needs that image: docker image rm {name}"));
    ctx.warn_if_dry(Err::<(), _>(failure.into())).map(drop)
}

/// The filters by which a prune takes images that bear this label and its value as the image does, and are of the same
/// workspace.
pub(crate) fn filters(key: &str, image: &LocalImage) -> [String; 2] {
    let label = |key| image.label(key).map(|value| format!("label={key}={value}"));
    let unmarked = || format!("label!={WORKSPACE_LABEL}");
    [label(key).unwrap_or_else(|| format!("label={key}")), label(WORKSPACE_LABEL).unwrap_or_else(unmarked)]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace::own_name::tests::named;

    fn image(labels: &[(&str, &str)]) -> LocalImage {
        let labels: serde_json::Map<_, _> = labels.iter().map(|(key, value)| ((*key).into(), json!(value))).collect();
        let image =
            json!({ "Id": "1", "Os": "linux", "Architecture": "amd64", "Size": 1, "Config": { "Labels": labels } });
        serde_json::from_value(image).expect("as docker writes it")
    }

    #[test]
    fn an_image_of_ours_is_of_the_workspace_that_it_names_and_others_are_nobodys() {
        let (own, first) = (named("own"), named("distributed-colony"));
        let other = |own: &WorkspaceName, key: &str, image: &LocalImage| {
            other(own, key, |key| image.label(key)).map(str::to_owned)
        };
        let some = |name: &str| Some(name.to_owned());
        let theirs = image(&[("key", "x"), (WORKSPACE_LABEL, "theirs")]);
        assert_eq!((other(&own, "key", &theirs), other(&own, "lost", &theirs)), (some("theirs"), some("theirs")));
        assert_eq!(other(&own, "key", &image(&[("key", "x"), (WORKSPACE_LABEL, "own")])), None);
        let unmarked = image(&[("key", "x")]);
        assert_eq!(
            (other(&own, "key", &unmarked), other(&first, "key", &unmarked)),
            (some("distributed-colony"), None)
        );
        assert_eq!(other(&own, "key", &image(&[("else", "x")])), None);
    }

    #[test]
    fn a_prune_is_given_the_workspace_too() {
        let marked = image(&[("key", "x"), (WORKSPACE_LABEL, "own")]);
        let own = ["label=key=x", "label=io.distributed-colony.workspace=own"];
        assert_eq!(filters("key", &marked), own);
        let unmarked = ["label=key=x", "label!=io.distributed-colony.workspace"];
        assert_eq!(filters("key", &image(&[("key", "x")])), unmarked);
    }
}
