//! cosign, with a key of one's own and no transparency log.
//!
//! A log needs a service that everybody can ask. Locally there is none, so a verifier says explicitly that it does
//! without; the pipeline signs keyless, and the log is then part of what is verified (docs/supply-chain.md).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::shell::run;
use crate::{SupplyChainError, repository};

/// The program, and a home of its own without anybody's credentials.
#[derive(Debug)]
pub struct Cosign {
    program: PathBuf,
    home: TempDir,
}

/// A key pair, encrypted with an empty password, in files that go when this does.
#[derive(Debug)]
pub struct Key {
    folder: TempDir,
}

/// What an attestation says, and of which type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Predicate {
    /// CycloneDX: <https://cyclonedx.org/bom>.
    Sbom,
    /// SLSA provenance: <https://slsa.dev/provenance/v1>.
    Provenance,
    /// The result of a scan: <https://cosign.sigstore.dev/attestation/vuln/v1>.
    Scan,
}

impl Predicate {
    /// Every attestation that an image has to have.
    pub const ALL: [Self; 3] = [Self::Sbom, Self::Provenance, Self::Scan];

    /// cosign's name for the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sbom => "cyclonedx",
            Self::Provenance => "slsaprovenance1",
            Self::Scan => "vuln",
        }
    }
}

impl Key {
    /// The file with the private key.
    #[must_use]
    pub fn private(&self) -> PathBuf {
        self.folder.path().join("cosign.key")
    }

    /// The file with the public key.
    #[must_use]
    pub fn public(&self) -> PathBuf {
        self.folder.path().join("cosign.pub")
    }
}

impl Cosign {
    /// Finds the pinned cosign, and builds it first where it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be built.
    pub fn find() -> Result<Self, SupplyChainError> {
        let mut build = Command::new(repository().join("tests/cluster/engines/build"));
        let printed = run(build.arg("cosign").stderr(Stdio::inherit()))?;
        let program = printed.trim().strip_prefix("cosign ").unwrap_or_default().into();
        Ok(Self { program, home: folder()? })
    }

    /// Makes a key pair.
    ///
    /// # Errors
    ///
    /// When cosign fails.
    pub fn generate_key(&self) -> Result<Key, SupplyChainError> {
        let key = Key { folder: folder()? };
        self.run(["generate-key-pair", "--output-key-prefix"], &[&key.folder.path().join("cosign")])?;
        Ok(key)
    }

    /// Signs the image that `reference` names by digest.
    ///
    /// # Errors
    ///
    /// When cosign or the registry refuses.
    pub fn sign(&self, key: &Key, reference: &str) -> Result<String, SupplyChainError> {
        let mut arguments = vec!["sign", "--key"];
        let private = key.private();
        let private = private.display().to_string();
        arguments.push(&private);
        arguments.extend(SIGNING);
        arguments.push(reference);
        self.run(arguments, &[])
    }

    /// Attests what the file `predicate` says to the image that `reference` names by digest.
    ///
    /// # Errors
    ///
    /// When cosign or the registry refuses.
    pub fn attest(
        &self,
        key: &Key,
        reference: &str,
        kind: Predicate,
        predicate: &Path,
    ) -> Result<String, SupplyChainError> {
        let private = key.private().display().to_string();
        let predicate = predicate.display().to_string();
        let mut arguments =
            vec!["attest", "--key", &private, "--type", kind.name(), "--predicate", &predicate];
        arguments.extend(SIGNING);
        arguments.push(reference);
        self.run(arguments, &[])
    }

    /// Verifies the signature of an image as a stranger would, with the public key alone.
    ///
    /// Not by `cosign verify`: a signature is a statement like any other, and that command takes whatever statement
    /// the key has made about the digest.
    ///
    /// # Errors
    ///
    /// When cosign finds no signature of this key over this digest.
    pub fn verify(&self, key: &Key, reference: &str) -> Result<String, SupplyChainError> {
        let public = key.public().display().to_string();
        let mut arguments = vec!["verify-attestation", "--key", &public, "--type", SIGNATURE];
        arguments.extend(VERIFYING);
        arguments.push(reference);
        self.run(arguments, &[])
    }

    /// What `cosign verify` says, which is less than [`Cosign::verify`].
    ///
    /// # Errors
    ///
    /// When cosign finds no statement of this key about this digest.
    pub fn verify_any_statement(&self, key: &Key, reference: &str) -> Result<String, SupplyChainError> {
        let public = key.public().display().to_string();
        let mut arguments = vec!["verify", "--key", &public];
        arguments.extend(VERIFYING);
        arguments.push(reference);
        self.run(arguments, &[])
    }

    /// Verifies an attestation of an image and holds it against policies written in Rego.
    ///
    /// # Errors
    ///
    /// When cosign finds no attestation of this type by this key for this digest, or a policy refuses it.
    pub fn verify_attestation(
        &self,
        key: &Key,
        reference: &str,
        kind: Predicate,
        policies: &[PathBuf],
    ) -> Result<String, SupplyChainError> {
        let public = key.public().display().to_string();
        let policies: Vec<String> = policies.iter().map(|policy| policy.display().to_string()).collect();
        let mut arguments = vec!["verify-attestation", "--key", &public, "--type", kind.name()];
        arguments.extend(policies.iter().flat_map(|policy| ["--policy", policy.as_str()]));
        arguments.extend(VERIFYING);
        arguments.push(reference);
        self.run(arguments, &[])
    }

    fn run<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        paths: &[&Path],
    ) -> Result<String, SupplyChainError> {
        let mut command = Command::new(&self.program);
        command.args(arguments).args(paths).env_clear();
        // The password of a key that lives as long as a test.
        command.env("HOME", self.home.path()).env("COSIGN_PASSWORD", "");
        run(&mut command)
    }
}

/// The type of the statement that `cosign sign` makes.
const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";
const SIGNING: [&str; 4] =
    ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "--yes"];
const VERIFYING: [&str; 2] = ["--insecure-ignore-tlog", "--allow-http-registry"];

fn folder() -> Result<TempDir, SupplyChainError> {
    TempDir::new().map_err(SupplyChainError::file("make", &std::env::temp_dir()))
}
