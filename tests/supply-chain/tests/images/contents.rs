//! What is in an image, to the last file.

use std::collections::BTreeMap;

use supply_chain::image::{Entry, Image, sha256};
use supply_chain::{SERVICES, repository};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::pem::Pem;

/// Bytes of everything in one image, unpacked.
const LIMIT: u64 = 20_000_000;

/// SHA-256 of the public keys of Amazon's five roots, <https://www.amazontrust.com/repository/>.
const AMAZON_TRUST_SERVICES: [&str; 5] = [
    "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
    "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
    "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
    "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
    "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
];

#[test]
fn an_image_holds_what_is_listed_and_nothing_else() {
    for service in SERVICES {
        let entries = Image::built(service).unwrap().entries().unwrap();
        let found: BTreeMap<String, (&str, u32)> =
            entries.iter().map(|(path, entry)| (path.clone(), (entry.kind, entry.mode))).collect();
        assert_eq!(found, expected(service), "{service}");
    }
}

#[test]
fn nobody_may_write_and_nothing_is_set_user() {
    for service in SERVICES {
        for (path, Entry { mode, owner, kind, .. }) in Image::built(service).unwrap().entries().unwrap() {
            assert_eq!(owner, (0, 0), "{service}: {path}");
            assert_eq!(mode & 0o7022, 0, "{service}: {path} is {mode:o}");
            assert!(kind == "folder" || mode & 0o200 == 0, "{service}: {path} is {mode:o}");
        }
    }
}

#[test]
fn an_image_is_small() {
    for service in SERVICES {
        let image = Image::built(service).unwrap();
        let size: u64 = image.entries().unwrap().values().map(|entry| entry.size).sum();
        let compressed = image.compressed().unwrap();
        println!("{service}: {size} bytes, {compressed} compressed, {}", image.digest);
        assert!(size < LIMIT, "{service} has {size} bytes");
    }
}

#[test]
fn an_image_says_who_runs_it_and_where_it_comes_from() {
    for service in SERVICES {
        let config = Image::built(service).unwrap().config().unwrap();
        assert_eq!(config["config"]["User"], "65532:65532");
        assert_eq!(config["config"]["Entrypoint"], serde_json::json!([format!("/{service}")]));
        assert_eq!(config["config"]["Cmd"], serde_json::Value::Null);
        let labels = &config["config"]["Labels"];
        let label =
            |name: &str| labels[format!("org.opencontainers.image.{name}")].as_str().unwrap_or_default();
        assert_eq!((label("title"), label("licenses")), (service, "MIT"));
        assert!(label("source").starts_with("https://"), "{labels}");
        // Of a tree with changes, it would end in `-modified`.
        assert_eq!(label("revision").len(), 40, "{labels}");
        assert!(!label("version").is_empty() && !label("description").is_empty(), "{labels}");
    }
}

/// Every time in it is the commit's.
#[test]
fn an_image_does_not_tell_when_it_was_built() {
    for service in SERVICES {
        let image = Image::built(service).unwrap();
        let created = image.config().unwrap()["created"].as_str().unwrap().to_owned();
        let created = OffsetDateTime::parse(&created, &Rfc3339).unwrap().unix_timestamp();
        for (path, entry) in image.entries().unwrap() {
            assert_eq!(i64::try_from(entry.modified).unwrap(), created, "{service}: {path}");
        }
    }
}

#[test]
fn a_program_does_not_tell_where_it_was_built() {
    let home = std::env::home_dir().unwrap().join(".cargo").display().to_string();
    let here = repository().canonicalize().unwrap().display().to_string();
    for service in SERVICES {
        let folder = tempfile::tempdir().unwrap();
        Image::built(service).unwrap().unpack(folder.path()).unwrap();
        let program = std::fs::read(folder.path().join(service)).unwrap();
        for path in [&home, &here] {
            let found = program.windows(path.len()).any(|bytes| bytes == path.as_bytes());
            assert!(!found, "{service} names {path}");
        }
    }
}

#[test]
fn amazon_s_roots_and_no_other_authority_is_trusted() {
    let mut keys = Vec::new();
    let file = repository().join("services/images/root/ca-certificates.crt");
    for pem in Pem::iter_from_buffer(&std::fs::read(file).unwrap()) {
        let pem = pem.unwrap();
        let certificate = pem.parse_x509().unwrap();
        keys.push(sha256(certificate.public_key().raw));
        // None ends before 2037; a year's notice is for whoever reads this then.
        assert!(certificate.validity().not_after.to_datetime().year() >= 2037);
    }
    assert_eq!(keys, AMAZON_TRUST_SERVICES.map(|hash| format!("sha256:{hash}")));
}

fn expected(service: &str) -> BTreeMap<String, (&'static str, u32)> {
    let text = std::fs::read_to_string(repository().join("services/images/contents")).unwrap();
    let line = |line: &str| {
        let [kind, mode, path] = line.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
        let kind = if kind == "folder" { "folder" } else { "file" };
        (path.replace("PROGRAM", service), (kind, u32::from_str_radix(mode, 8).unwrap()))
    };
    text.lines().filter(|text| !text.starts_with('#')).map(line).collect()
}
