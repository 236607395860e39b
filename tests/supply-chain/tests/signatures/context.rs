//! One registry, two keys, and what is attested.

use std::path::PathBuf;

use serde_json::{Value, json};
use supply_chain::cosign::{Cosign, Key, Predicate};
use supply_chain::image::Image;
use supply_chain::provenance::Build;
use supply_chain::registry::Registry;
use supply_chain::{SupplyChainError, repository, sbom};
use tempfile::TempDir;

/// The commit that the statements name. No test needs it to exist.
const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";

/// What cosign says of a statement that another key, or nobody, has signed as it stands.
pub(crate) const OTHER_KEY: &str = "accepted signatures do not match threshold";
/// What cosign says where nothing refers to an image.
pub(crate) const UNSIGNED: &str = "no matching attestations";

/// What every test uses. Each has repositories of its own in the registry, so none sees another's signatures.
pub(crate) struct Context {
    pub(crate) registry: Registry,
    pub(crate) cosign: Cosign,
    /// Whom a verifier trusts.
    pub(crate) key: Key,
    /// Somebody else.
    pub(crate) other_key: Key,
    folder: TempDir,
}

/// The result of a command, or its message where it was refused.
pub(crate) type Outcome = Result<String, SupplyChainError>;

impl Context {
    pub(crate) fn start() -> Result<Self, SupplyChainError> {
        let cosign = Cosign::find()?;
        let folder = TempDir::new().expect("a folder");
        sbom::write(folder.path())?;
        let (key, other_key) = (cosign.generate_key()?, cosign.generate_key()?);
        Image::placeholders(folder.path())?;
        Ok(Self { registry: Registry::start()?, cosign, key, other_key, folder })
    }

    /// Pushes the image of `service` as `test/SERVICE` and returns its reference.
    pub(crate) fn push(&self, test: &str, service: &str) -> Outcome {
        self.registry.push(&self.image(service)?, &format!("{test}/{service}"), None)
    }

    /// The image of `service`, with another program in it.
    pub(crate) fn image(&self, service: &str) -> Result<Image, SupplyChainError> {
        Image::open(&self.folder.path().join("images").join(service))
    }

    /// Pushes an image, signs it and attests everything that has to be attested.
    pub(crate) fn publish(&self, test: &str, service: &str) -> Outcome {
        self.publish_with(&self.key, test, service)
    }

    /// The same with another key.
    pub(crate) fn publish_with(&self, key: &Key, test: &str, service: &str) -> Outcome {
        let reference = self.push(test, service)?;
        self.sign_and_attest(key, &reference, service)?;
        Ok(reference)
    }

    /// Signs an image and attests everything that has to be attested.
    pub(crate) fn sign_and_attest(&self, key: &Key, reference: &str, service: &str) -> Outcome {
        for kind in Predicate::ALL {
            self.attest(key, reference, kind, &self.predicate(kind, service)?)?;
        }
        self.cosign.sign(key, reference)
    }

    /// What a good image has attested.
    pub(crate) fn predicate(&self, kind: Predicate, service: &str) -> Result<Value, SupplyChainError> {
        match kind {
            Predicate::Sbom => {
                let bytes = std::fs::read(sbom::file(self.folder.path(), service)).expect("an SBOM");
                Ok(serde_json::from_slice(&bytes).expect("JSON"))
            }
            Predicate::Provenance => Build::local(service, REVISION).predicate(),
            Predicate::Scan => Ok(scan(0)),
        }
    }

    /// Attests `predicate`, whatever it says.
    pub(crate) fn attest(&self, key: &Key, reference: &str, kind: Predicate, predicate: &Value) -> Outcome {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("predicate.json");
        std::fs::write(&file, predicate.to_string()).expect("a file");
        self.cosign.attest(key, reference, kind, &file)
    }

    /// Verifies an attestation against the policies for what is built on this machine.
    pub(crate) fn verify_attestation(&self, reference: &str, kind: Predicate) -> Outcome {
        self.verify_attestation_in("local", reference, kind)
    }

    /// Verifies an attestation against the policies of an environment.
    pub(crate) fn verify_attestation_in(
        &self,
        environment: &str,
        reference: &str,
        kind: Predicate,
    ) -> Outcome {
        self.cosign.verify_attestation(&self.key, reference, kind, &policies(environment, kind))
    }
}

/// The predicate of a scan that found so many advisories: <https://cosign.sigstore.dev/attestation/vuln/v1>.
pub(crate) fn scan(advisories: u32) -> Value {
    json!({
        "invocation": { "uri": "services/images/scan", "event_id": "", "builder.id": "" },
        "scanner": {
            "uri": "pkg:cargo/cargo-audit",
            "version": "0",
            "db": { "uri": "https://rustsec.org", "version": "0" },
            "result": {
                "database": { "last-commit": "0", "last-updated": "2026-11-01T00:00:00Z" },
                "lockfile": { "dependency-count": 245 },
                "vulnerabilities": { "found": advisories > 0, "count": advisories },
            },
        },
        "metadata": { "scanStartedOn": "2026-11-01T00:00:00Z", "scanFinishedOn": "2026-11-01T00:00:01Z" },
    })
}

/// The policies that an attestation has to meet.
pub(crate) fn policies(environment: &str, kind: Predicate) -> Vec<PathBuf> {
    let folder = repository().join("services/images/policies");
    match kind {
        Predicate::Sbom => vec![folder.join("sbom.rego")],
        Predicate::Scan => vec![folder.join("scan.rego")],
        Predicate::Provenance => {
            vec![folder.join("provenance.rego"), folder.join(format!("expected/{environment}.rego"))]
        }
    }
}

/// The message of a refusal. Panics if nothing was refused.
#[track_caller]
pub(crate) fn refusal(outcome: Outcome) -> String {
    match outcome {
        Ok(printed) => panic!("not refused: {printed}"),
        Err(SupplyChainError::Command { output, .. }) => output,
        Err(error) => panic!("not by cosign: {error}"),
    }
}

/// Holds a refusal's message against what it has to say.
#[track_caller]
pub(crate) fn assert_refused(outcome: Outcome, reason: &str) {
    let message = refusal(outcome);
    assert!(message.contains(reason), "expected `{reason}` in: {message}");
}
