//! The drill of `docs/runbooks/signing-key-compromise.md`: somebody else has the signing key.

use supply_chain::cosign::Predicate;
use supply_chain::provenance::Build;
use trials::TestResult;

use crate::context::{Context, OTHER_KEY, assert_refused, policies};

/// Every step of the runbook, in its order.
pub(crate) async fn a_stolen_key_is_distrusted_and_what_is_ours_is_signed_again(
    context: &Context,
) -> TestResult {
    let cosign = &context.cosign;
    let (stolen, renewed) = (cosign.generate_key()?, cosign.generate_key()?);

    // Before: a release of ours, and one that the thief made and signed with our key.
    let ours = context.publish_with(&stolen, "drill", "worker")?;
    let theirs = context.push("drill", "migrate")?;
    cosign.sign(&stolen, &theirs)?;
    let forged = Build {
        builder: "https://builder.invalid/thief".to_owned(),
        ..Build::local("migrate", &"0".repeat(40))
    };
    context.attest(&stolen, &theirs, Predicate::Provenance, &forged.predicate()?)?;
    cosign.verify(&stolen, &theirs)?;

    // 1. Distrust the key: nothing that it has signed verifies any more, ours included.
    assert_refused(cosign.verify(&renewed, &ours), OTHER_KEY);
    assert_refused(cosign.verify(&renewed, &theirs), OTHER_KEY);

    // 2. Sort: the stolen key's signature proves nothing, so what is signed again is what can be built again. The thief's
    //    image has no commit that builds it.
    let provenance = policies("local", Predicate::Provenance);
    cosign.verify_attestation(&stolen, &ours, Predicate::Provenance, &provenance)?;
    let outcome = cosign.verify_attestation(&stolen, &theirs, Predicate::Provenance, &provenance);
    assert_refused(outcome, "provenance of another builder");

    // 3. Sign again, by digest, and attest again.
    context.sign_and_attest(&renewed, &ours, "worker")?;

    // After: ours verifies with the new key alone; the thief's does not, whatever it carries.
    cosign.verify(&renewed, &ours)?;
    for kind in Predicate::ALL {
        cosign.verify_attestation(&renewed, &ours, kind, &policies("local", kind))?;
    }
    assert_refused(cosign.verify(&renewed, &theirs), OTHER_KEY);
    Ok(())
}
