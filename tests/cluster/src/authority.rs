//! The certificate authority of one run. Its key stays in memory and goes with the run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use crate::ClusterError;

/// Longer than any run.
const LIFE: Duration = Duration::days(7);

/// An authority and the directory that its certificates are written to.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    directory: PathBuf,
    now: OffsetDateTime,
}

/// A certificate and its key, as files.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Identity {
    /// The files of the identity `user` in `directory`.
    pub(crate) fn of(user: &str, directory: &Path) -> Self {
        let stem = user.replace([':', '/'], "-");
        Self {
            certificate: directory.join(format!("{stem}.crt")),
            key: directory.join(format!("{stem}.key")),
        }
    }
}

impl Authority {
    /// Makes an authority whose certificate is `<directory>/<name>.crt`.
    pub(crate) fn new(name: &str, directory: &Path, now: OffsetDateTime) -> Result<Self, ClusterError> {
        fs::create_dir_all(directory).map_err(ClusterError::file("make", directory))?;
        let key = KeyPair::generate()?;
        let mut params = params(name, &[], now)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key)?.pem();
        write(&directory.join(format!("{name}.crt")), &certificate, 0o644)?;
        let issuer = Issuer::new(params, key);
        Ok(Self { issuer, certificate, directory: directory.to_owned(), now })
    }

    /// The authority's own certificate, in PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Issues a certificate for a server that has these names and addresses, and may also be a client.
    pub(crate) fn server(&self, common_name: &str, names: &[String]) -> Result<Identity, ClusterError> {
        self.issue(common_name, None, names)
    }

    /// Issues a client's certificate: Kubernetes reads the user from the common name and the group from the
    /// organisation (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates>).
    pub(crate) fn client(&self, user: &str, group: Option<&str>) -> Result<Identity, ClusterError> {
        self.issue(user, group, &[])
    }

    fn issue(&self, user: &str, group: Option<&str>, names: &[String]) -> Result<Identity, ClusterError> {
        let key = KeyPair::generate()?;
        let mut params = params(user, names, self.now)?;
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if !names.is_empty() {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        let identity = Identity::of(user, &self.directory);
        write(&identity.certificate, &certificate, 0o644)?;
        write(&identity.key, &key.serialize_pem(), 0o600)?;
        Ok(identity)
    }
}

/// Makes a key pair of the API server for signing service-account tokens: RS256, which is what AWS's STS takes
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>).
pub(crate) fn token_signing_key(directory: &Path) -> Result<Identity, ClusterError> {
    let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)?;
    let identity = Identity { certificate: directory.join("tokens.pub"), key: directory.join("tokens.key") };
    write(&identity.certificate, &key.public_key_pem(), 0o644)?;
    write(&identity.key, &key.serialize_pem(), 0o600)?;
    Ok(identity)
}

/// Writes a file that only its owner may change.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> Result<(), ClusterError> {
    fs::write(path, text).map_err(ClusterError::file("write", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(ClusterError::file("set the mode of", path))
}

fn params(
    common_name: &str,
    names: &[String],
    now: OffsetDateTime,
) -> Result<CertificateParams, ClusterError> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    // An hour back, for clocks that are read at different moments.
    params.not_before = now - Duration::hours(1);
    params.not_after = now + LIFE;
    Ok(params)
}
