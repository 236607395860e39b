//! What an image is made of: the lock file, the SBOM and the program must say the same.

use std::collections::BTreeSet;

use supply_chain::image::Image;
use supply_chain::{SERVICES, lock, sbom};

/// Crates that a program lists and that nobody compiles: features only name them (`sqlx-sqlite?/…`), and cargo-auditable
/// asks `cargo metadata`, which counts them (docs/decisions/0031-sbom-from-the-lock-file.md).
const OVERSTATED: [(&str, &str); 11] = [
    ("aho-corasick", "1.1.5"),
    ("flume", "0.12.0"),
    ("getrandom", "0.2.17"),
    ("libsqlite3-sys", "0.37.0"),
    ("ring", "0.17.14"),
    ("sha1", "0.11.0"),
    ("spin", "0.9.9"),
    ("sqlx-mysql", "0.9.0"),
    ("sqlx-sqlite", "0.9.0"),
    ("untrusted", "0.7.1"),
    ("vcpkg", "0.2.15"),
];

#[test]
fn the_sbom_is_the_lock_file() {
    let folder = tempfile::tempdir().unwrap();
    sbom::write(folder.path()).unwrap();
    for service in SERVICES {
        let described = sbom::packages(&sbom::file(folder.path(), service)).unwrap();
        let locked = lock::resolved(service).unwrap();
        println!("{service}: {} crates in the SBOM, {} in Cargo.lock", described.len(), locked.len());
        assert_same(service, &described, &locked);
    }
}

#[test]
fn the_program_is_the_lock_file() {
    let mut overstated = BTreeSet::new();
    for service in SERVICES {
        let folder = tempfile::tempdir().unwrap();
        Image::built(service).unwrap().unpack(folder.path()).unwrap();
        let mut listed = sbom::of_program(&folder.path().join(service)).unwrap();
        let locked = lock::resolved(service).unwrap();
        println!("{service}: {} crates in the program, {} in Cargo.lock", listed.len(), locked.len());
        let locked: BTreeSet<_> = locked.into_iter().map(|package| (package.name, package.version)).collect();
        for named in OVERSTATED.map(|(name, version)| (name.to_owned(), version.to_owned())) {
            if !locked.contains(&named) && listed.remove(&named) {
                overstated.insert(named);
            }
        }
        assert_same(service, &listed, &locked);
    }
    assert_eq!(overstated.len(), OVERSTATED.len(), "only {overstated:?} are overstated");
}

/// An SBOM written twice is the same document, so that it can be attested and compared.
#[test]
fn an_sbom_does_not_tell_when_it_was_written() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        sbom::write(folder.path()).unwrap();
    }
    for service in SERVICES {
        let [one, two] =
            folders.each_ref().map(|folder| std::fs::read(sbom::file(folder.path(), service)).unwrap());
        assert_eq!(one, two, "{service}");
    }
}

fn assert_same<T: Ord + std::fmt::Debug>(service: &str, found: &BTreeSet<T>, locked: &BTreeSet<T>) {
    let missing: Vec<_> = locked.difference(found).collect();
    let extra: Vec<_> = found.difference(locked).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{service}: missing {missing:?}, too many {extra:?}");
}
