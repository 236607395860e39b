//! Whose signature it is, and of what.

use supply_chain::cosign::Predicate;
use supply_chain::registry::Registry;
use trials::TestResult;

use crate::context::{Context, OTHER_KEY, UNSIGNED, assert_refused};

/// `docs/supply-chain.md`: what a stranger runs.
pub(crate) async fn a_published_image_verifies(context: &Context) -> TestResult {
    let reference = context.publish("published", "worker")?;
    context.cosign.verify(&context.key, &reference)?;
    for kind in Predicate::ALL {
        context.verify_attestation(&reference, kind)?;
    }
    Ok(())
}

pub(crate) async fn an_unsigned_image_is_refused(context: &Context) -> TestResult {
    let reference = context.push("unsigned", "worker")?;
    assert_refused(context.cosign.verify(&context.key, &reference), UNSIGNED);
    Ok(())
}

pub(crate) async fn another_key_is_refused(context: &Context) -> TestResult {
    let reference = context.push("other-key", "worker")?;
    context.cosign.sign(&context.other_key, &reference)?;
    assert_refused(context.cosign.verify(&context.key, &reference), OTHER_KEY);
    Ok(())
}

pub(crate) async fn the_right_key_on_another_digest_is_refused(context: &Context) -> TestResult {
    let signed = context.push("other-digest", "worker")?;
    context.cosign.sign(&context.key, &signed)?;
    let registry = &context.registry;
    let unsigned = registry.push(&context.image("migrate")?, "other-digest/worker", None)?;
    assert_refused(context.cosign.verify(&context.key, &unsigned), UNSIGNED);
    context.cosign.verify(&context.key, &signed)?;
    Ok(())
}

pub(crate) async fn a_tag_that_moved_is_refused(context: &Context) -> TestResult {
    let registry = &context.registry;
    let signed = registry.push(&context.image("worker")?, "moved/worker", Some("1.0.0"))?;
    context.cosign.sign(&context.key, &signed)?;
    let tag = format!("{}/moved/worker:1.0.0", registry.address());
    context.cosign.verify(&context.key, &tag)?;
    registry.push(&context.image("migrate")?, "moved/worker", Some("1.0.0"))?;
    assert_refused(context.cosign.verify(&context.key, &tag), UNSIGNED);
    context.cosign.verify(&context.key, &signed)?;
    Ok(())
}

/// Both are bundles of one form, made with one key.
pub(crate) async fn an_attestation_is_no_signature(context: &Context) -> TestResult {
    let reference = context.push("attested-only", "worker")?;
    let predicate = context.predicate(Predicate::Sbom, "worker")?;
    context.attest(&context.key, &reference, Predicate::Sbom, &predicate)?;
    // `cosign verify` takes it for one, and shows which type of statement it has seen.
    let printed = context.cosign.verify_any_statement(&context.key, &reference)?;
    assert!(printed.contains("\"type\":\"https://cyclonedx.org/bom\""), "{printed}");
    let reason = "none of the attestations matched the predicate type: https://sigstore.dev/cosign/sign/v1";
    assert_refused(context.cosign.verify(&context.key, &reference), reason);
    Ok(())
}

pub(crate) async fn a_registry_that_is_away_is_refused(context: &Context) -> TestResult {
    let mut registry = Registry::start()?;
    let reference = registry.push(&context.image("worker")?, "away/worker", None)?;
    context.cosign.sign(&context.key, &reference)?;
    context.cosign.verify(&context.key, &reference)?;
    registry.stop();
    assert_refused(context.cosign.verify(&context.key, &reference), "connection refused");
    Ok(())
}
