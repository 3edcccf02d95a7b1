//! `cargo xtask images`: what the repository holds, for people and for programs.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_tags::{URI, command, digest};
use crate::ecr_world::{DESCRIBE_BASE, HOST, LIST, described, repository, says, service_error};
use crate::workspace::Workspace;

const IMAGES: [(char, &[&str], u32); 3] = [
    ('1', &["1.4.1", "ffffffffffff-0123456789ab"], 1_763_834_711),
    ('2', &["latest", "1.4.2", "1.4", "eeeeeeeeeeee-dirty-0123456789ac"], 1_763_834_722),
    ('0', &[], 1_763_834_700),
];

#[test]
fn the_newest_image_comes_first_with_what_its_tags_tell() {
    let workspace = Workspace::new();
    let outcome = command(&workspace, &["images"]).lists(&IMAGES).run();
    outcome.exits(0).touches_nothing().says(&format!("{URI} holds 3 images, and 0 signatures and other artifacts\n"));
    let lines: Vec<Vec<&str>> = outcome.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["DIGEST", "PUSHED", "SIZE", "VERSION", "COMMIT", "SIGNED", "TAGS"]);
    let first = [digest('2'), "2025-11-22T18:05:22Z 18.8 MB 1.4.2 eeeeeeeeeeee-dirty -".to_owned()].join(" ");
    assert_eq!(lines[1].join(" "), format!("{first} 1.4, 1.4.2, latest, eeeeeeeeeeee-dirty-0123456789ac"));
    assert!(lines[2][0] == digest('1') && lines[3][0] == digest('0'), "{}", outcome.stdout);
}

#[test]
fn programs_read_all_of_it() {
    let workspace = Workspace::new();
    let signature = json!({ "imageDigest": digest('9'), "imageTags": [format!("sha256-{}.sig", "1".repeat(64))] });
    let mut answer = json!({ "imageDetails": [signature] });
    let image = json!({ "imageDigest": digest('1'), "imageTags": ["1.4.1"], "imagePushedAt": "2026-11-25T01:02:09Z" });
    answer["imageDetails"].as_array_mut().expect("a list").push(image);
    let fixture = command(&workspace, &["images", "--json"]).answer(LIST, Answer::stdout(answer.to_string()));
    let told: Value = serde_json::from_str(&fixture.run().exits(0).stdout).expect("one line of JSON");
    let image = json!({
        "digest": digest('1'), "tags": ["1.4.1"], "pushed_at": "2026-11-25T01:02:09Z", "bytes": null,
        "version": "1.4.1", "commit": null, "signed": true, "latest": false,
    });
    assert_eq!(told, json!({ "schema": 1, "repository": URI, "images": [image], "artifacts": 1 }));
}

#[test]
fn the_base_has_a_repository_of_its_own() {
    let workspace = Workspace::new();
    let outcome = command(&workspace, &["images", "--base"])
        .answer(DESCRIBE_BASE, described(&repository("distributed-colony-base")))
        .run();
    outcome.exits(0).prints("").says(&format!("{HOST}/distributed-colony-base holds 0 images"));
}

#[test]
fn a_missing_permission_is_named() {
    let workspace = Workspace::new();
    let denied = says(1, &service_error("AccessDeniedException", "DescribeImages", "x"));
    let outcome = command(&workspace, &["images"]).answer(LIST, denied).run();
    outcome.exits(3).prints("").says("lacks the permission ecr:DescribeImages\n");
}
