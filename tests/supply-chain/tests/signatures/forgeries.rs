//! What somebody can do who may write to the registry, but has no key.

use serde_json::{Value, json};
use supply_chain::cosign::Predicate;
use supply_chain::image::{Image, sha256};
use supply_chain::registry::{INDEX, MANIFEST, Registry, referrers_tag};
use trials::TestResult;

use crate::context::{Context, OTHER_KEY, assert_refused};

pub(crate) async fn a_signature_copied_from_another_image_is_refused(context: &Context) -> TestResult {
    let signed = context.push("copied", "worker")?;
    context.cosign.sign(&context.key, &signed)?;
    let worker = context.image("worker")?;
    let migrate = context.image("migrate")?;
    let unsigned = context.registry.push(&migrate, "copied/worker", None)?;
    replace(&context.registry, "copied/worker", &worker, &migrate, |bundle| bundle)?;
    assert_refused(context.cosign.verify(&context.key, &unsigned), "does not match");
    Ok(())
}

pub(crate) async fn attestations_copied_from_another_image_are_refused(context: &Context) -> TestResult {
    let attested = context.push("copied-attestation", "worker")?;
    for kind in Predicate::ALL {
        context.attest(&context.key, &attested, kind, &context.predicate(kind, "worker")?)?;
    }
    let worker = context.image("worker")?;
    let migrate = context.image("migrate")?;
    let other = context.registry.push(&migrate, "copied-attestation/worker", None)?;
    replace(&context.registry, "copied-attestation/worker", &worker, &migrate, |bundle| bundle)?;
    for kind in Predicate::ALL {
        assert_refused(context.verify_attestation(&other, kind), "does not match");
    }
    Ok(())
}

/// The bundle is changed and stored anew, so that every digest is right and only the signature is not.
pub(crate) async fn an_attestation_altered_by_one_byte_is_refused(context: &Context) -> TestResult {
    let reference = context.push("altered", "worker")?;
    let predicate = context.predicate(Predicate::Provenance, "worker")?;
    context.attest(&context.key, &reference, Predicate::Provenance, &predicate)?;
    context.verify_attestation(&reference, Predicate::Provenance)?;
    let worker = context.image("worker")?;
    replace(&context.registry, "altered/worker", &worker, &worker, |bundle| alter(&bundle))?;
    let outcome = context.verify_attestation(&reference, Predicate::Provenance);
    assert_refused(outcome, OTHER_KEY);
    Ok(())
}

/// The registry itself lies: it answers with other bytes than the digest says.
pub(crate) async fn a_byte_altered_in_the_registry_s_store_is_refused(context: &Context) -> TestResult {
    let reference = context.push("store", "worker")?;
    let predicate = context.predicate(Predicate::Provenance, "worker")?;
    context.attest(&context.key, &reference, Predicate::Provenance, &predicate)?;
    let referrers = referrers(&context.registry, "store/worker", &context.image("worker")?)?;
    let (_, manifest) = referrers.first().expect("a referrer");
    let stored = context.registry.stored(digest(&manifest["layers"][0])?);
    let bundle = std::fs::read(&stored)?;
    std::fs::write(&stored, alter(&bundle))?;
    let outcome = context.verify_attestation(&reference, Predicate::Provenance);
    assert_refused(outcome, "no matching attestations");
    Ok(())
}

/// Puts what refers to the image `from`, changed by `change`, in the place of what refers to the image `to`.
fn replace(
    registry: &Registry,
    repository: &str,
    from: &Image,
    to: &Image,
    change: impl Fn(Vec<u8>) -> Vec<u8>,
) -> TestResult {
    let mut entries = Vec::new();
    for (mut entry, mut manifest) in referrers(registry, repository, from)? {
        let bundle = change(registry.blob(repository, digest(&manifest["layers"][0])?)?);
        manifest["layers"][0]["digest"] = json!(registry.put_blob(repository, &bundle)?);
        manifest["layers"][0]["size"] = json!(bundle.len());
        manifest["subject"]["digest"] = json!(to.digest);
        manifest["subject"]["size"] = json!(registry.manifest(repository, &to.digest)?.len());
        let manifest = manifest.to_string().into_bytes();
        registry.put_manifest(repository, &sha256(&manifest), MANIFEST, &manifest)?;
        entry["digest"] = json!(sha256(&manifest));
        entry["size"] = json!(manifest.len());
        entries.push(entry);
    }
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
    registry.put_manifest(repository, &referrers_tag(to), INDEX, index.to_string().as_bytes())?;
    Ok(())
}

/// Every entry of the list of referrers of an image, with the manifest that it names.
fn referrers(
    registry: &Registry,
    repository: &str,
    image: &Image,
) -> Result<Vec<(Value, Value)>, Box<dyn std::error::Error + Send + Sync>> {
    let index: Value = serde_json::from_slice(&registry.manifest(repository, &referrers_tag(image))?)?;
    let mut referrers = Vec::new();
    for entry in index["manifests"].as_array().into_iter().flatten() {
        let manifest = registry.manifest(repository, digest(entry)?)?;
        referrers.push((entry.clone(), serde_json::from_slice(&manifest)?));
    }
    Ok(referrers)
}

fn digest(descriptor: &Value) -> Result<&str, Box<dyn std::error::Error + Send + Sync>> {
    descriptor["digest"].as_str().ok_or_else(|| format!("no digest in {descriptor}").into())
}

/// Changes one character of the payload, which is in base64, to another of the alphabet.
fn alter(bundle: &[u8]) -> Vec<u8> {
    const PAYLOAD: &[u8] = b"\"payload\":";
    let start = bundle.windows(PAYLOAD.len()).position(|bytes| bytes == PAYLOAD).expect("a payload");
    let mut altered = bundle.to_vec();
    // Far enough behind the quotation mark that it is text of the statement.
    let byte = altered.get_mut(start + PAYLOAD.len() + 40).expect("a longer payload");
    *byte = if *byte == b'A' { b'B' } else { b'A' };
    altered
}
