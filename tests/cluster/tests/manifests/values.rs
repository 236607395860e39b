//! Every value of an account comes from one file, once, and cannot be forgotten.

use std::fs;

use serde_json::Value;

use crate::render::{Copy, OVERLAYS, kubectl, source};

const EXAMPLE: &str = "overlays/production/example/account-values.env";

fn names() -> Vec<String> {
    let text = fs::read_to_string(source().join(EXAMPLE)).expect("the example");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect()
}

/// Every text in an object but for names: variables of the environment are called as some values are.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => {
            fields.iter().filter(|(key, _)| *key != "name").flat_map(|(_, value)| texts(value)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn both_overlays_render_and_nothing_is_left_to_fill_in() {
    if !kubectl() {
        return;
    }
    let copy = Copy::new();
    for overlay in OVERLAYS {
        let objects = copy.render(overlay).unwrap_or_else(|error| panic!("{overlay}: {error}"));
        for object in objects.iter().filter(|object| object["kind"] != "ConfigMap") {
            for text in texts(object) {
                let left = names().into_iter().find(|name| text.split('/').any(|part| part == name));
                assert_eq!(left, None, "{overlay}: {text}");
            }
        }
    }
}

#[test]
fn a_value_that_is_missing_stops_the_build_with_its_name() {
    if !kubectl() {
        return;
    }
    let copy = Copy::new();
    let path = copy.path("overlays/production/generated/account-values.env");
    let whole = fs::read_to_string(&path).expect("the values");
    for name in names() {
        let line = |line: &&str| !line.starts_with(&format!("{name}="));
        let less: Vec<_> = whole.lines().filter(line).collect();
        fs::write(&path, less.join("\n")).expect("fewer values");
        let error = copy.render("production").expect_err(&name);
        assert!(error.contains(&format!("data.{name}")), "{name}: {error}");
    }
}

#[test]
fn the_manifests_name_no_arn_account_or_digest_of_their_own() {
    for entry in
        ["namespace", "identity", "network-policies", "url-service", "worker", "migrate", "components"]
    {
        let mut folders = vec![source().join(entry)];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path).expect("a manifest");
                for forbidden in ["arn:aws", "amazonaws.com/0", "sha256:", ".dkr.ecr."] {
                    assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
                }
            }
        }
    }
}

#[test]
fn every_image_comes_from_the_one_registry_by_digest() {
    if !kubectl() {
        return;
    }
    for overlay in OVERLAYS {
        for object in Copy::new().render(overlay).expect("an overlay") {
            let spec = &object["spec"]["template"]["spec"];
            let containers =
                ["containers", "initContainers"].into_iter().filter_map(|kind| spec[kind].as_array());
            for container in containers.flatten() {
                let image = container["image"].as_str().expect("an image");
                let (repository, digest) =
                    image.split_once('@').unwrap_or_else(|| panic!("no digest: {image}"));
                assert!(repository.contains(".dkr.ecr.") && !repository.contains(':'), "{image}");
                assert_eq!(digest.len(), "sha256:".len() + 64, "{image}");
            }
        }
    }
}
