//! What is attested, and what the policies say to it.

use serde_json::{Value, json};
use supply_chain::cosign::Predicate;
use supply_chain::provenance::Build;
use trials::TestResult;

use crate::context::{Context, OTHER_KEY, assert_refused, scan};

pub(crate) async fn a_missing_attestation_is_refused(context: &Context) -> TestResult {
    let reference = context.push("missing", "worker")?;
    context.cosign.sign(&context.key, &reference)?;
    for kind in Predicate::ALL {
        let reason = format!("none of the attestations matched the predicate type: {}", kind.name());
        assert_refused(context.verify_attestation(&reference, kind), &reason);
    }
    Ok(())
}

pub(crate) async fn an_attestation_of_another_key_is_refused(context: &Context) -> TestResult {
    let reference = context.push("attested-by-another", "worker")?;
    let predicate = context.predicate(Predicate::Sbom, "worker")?;
    context.attest(&context.other_key, &reference, Predicate::Sbom, &predicate)?;
    assert_refused(context.verify_attestation(&reference, Predicate::Sbom), OTHER_KEY);
    Ok(())
}

pub(crate) async fn an_sbom_of_another_image_is_refused(context: &Context) -> TestResult {
    let other = context.predicate(Predicate::Sbom, "migrate")?;
    refused(context, "sbom-of-another", Predicate::Sbom, &other, "SBOM of another image")
}

pub(crate) async fn an_sbom_with_something_forbidden_is_refused(context: &Context) -> TestResult {
    let with = |component: Value| -> Result<Value, supply_chain::SupplyChainError> {
        let mut sbom = context.predicate(Predicate::Sbom, "worker")?;
        sbom["components"].as_array_mut().expect("components").push(component);
        Ok(sbom)
    };
    let component = |name: &str, licence: &str| {
        json!({
            "type": "library", "name": name, "version": "1.0.0", "purl": format!("pkg:cargo/{name}@1.0.0"),
            "licenses": [{ "expression": licence }],
        })
    };
    let licence = with(component("copied", "GPL-3.0-only"))?;
    let package = with(component("openssl", "Apache-2.0"))?;
    let unlicensed = with(json!({ "name": "found", "purl": "pkg:cargo/found@1.0.0", "licenses": [] }))?;
    let empty = json!({ "metadata": { "component": { "name": "worker" } }, "components": [] });
    for (test, sbom, reason) in [
        ("sbom-licence", licence, "forbidden licence GPL- of copied"),
        ("sbom-package", package, "forbidden package openssl"),
        ("sbom-unlicensed", unlicensed, "no licence of found"),
        ("sbom-empty", empty, "no component"),
    ] {
        refused(context, test, Predicate::Sbom, &sbom, reason)?;
    }
    Ok(())
}

pub(crate) async fn provenance_from_elsewhere_is_refused(context: &Context) -> TestResult {
    let local = Build::local("worker", "0123456789abcdef0123456789abcdef01234567");
    let repository =
        Build { repository: "https://source.invalid/zero-trust-eks-fork".to_owned(), ..local.clone() };
    let branch = Build { reference: "refs/heads/feature".to_owned(), ..local.clone() };
    let workflow = Build { path: "services/images/build-quickly".to_owned(), ..local.clone() };
    let builder = Build { builder: "https://builder.invalid/laptop".to_owned(), ..local.clone() };
    let commit = Build { revision: "main".to_owned(), ..local };
    for (test, build, reason) in [
        ("provenance-repository", repository, "provenance of another repository"),
        ("provenance-branch", branch, "provenance of another branch"),
        ("provenance-workflow", workflow, "provenance of another workflow"),
        ("provenance-builder", builder, "provenance of another builder"),
        ("provenance-commit", commit, "provenance without the commit of the source"),
    ] {
        refused(context, test, Predicate::Provenance, &build.predicate()?, reason)?;
    }
    // What is not said is refused like what is said wrongly.
    let empty = json!({ "buildDefinition": {}, "runDetails": {} });
    refused(context, "provenance-empty", Predicate::Provenance, &empty, "provenance of another builder")
}

pub(crate) async fn a_local_build_is_refused_in_production(context: &Context) -> TestResult {
    let reference = context.push("production", "worker")?;
    let predicate = context.predicate(Predicate::Provenance, "worker")?;
    context.attest(&context.key, &reference, Predicate::Provenance, &predicate)?;
    let outcome = context.verify_attestation_in("production", &reference, Predicate::Provenance);
    assert_refused(outcome, "provenance of another builder");
    context.verify_attestation(&reference, Predicate::Provenance)?;
    Ok(())
}

pub(crate) async fn a_scan_that_found_something_is_refused(context: &Context) -> TestResult {
    refused(context, "scan-found", Predicate::Scan, &scan(1), "the scan found advisories")?;
    let mut nothing = scan(0);
    nothing["scanner"]["result"] = json!({});
    refused(context, "scan-empty", Predicate::Scan, &nothing, "no scan: nothing was looked at")
}

/// Attests `predicate` to worker's image with the right key, and expects the policies to refuse it.
fn refused(context: &Context, test: &str, kind: Predicate, predicate: &Value, reason: &str) -> TestResult {
    let reference = context.push(test, "worker")?;
    context.attest(&context.key, &reference, kind, predicate)?;
    assert_refused(context.verify_attestation(&reference, kind), reason);
    Ok(())
}
