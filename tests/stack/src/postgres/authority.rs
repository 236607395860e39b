//! The certificate authority of one run's database, and the server certificate that it signs.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use time::Duration;

use crate::StackError;
use crate::clock::now;

/// Longer than any run; both go with the scratch directory.
const LIFE: Duration = Duration::days(30);

/// PEM of the authority's certificate, and of the server's certificate and key.
pub(super) struct ServerIdentity {
    pub(super) root_certificate: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Mints an authority, has it sign a server certificate for `names`, and forgets the authority's key.
pub(super) fn mint(names: &[&str]) -> Result<ServerIdentity, StackError> {
    let authority_key = KeyPair::generate()?;
    let mut authority = params(&[], "zero-trust-eks local database authority")?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root_certificate = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate()?;
    let mut server = params(names, "PostgreSQL of one local run")?;
    server.is_ca = IsCa::ExplicitNoCa;
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = server.signed_by(&key, &issuer)?.pem();
    Ok(ServerIdentity { root_certificate, certificate, key: key.serialize_pem() })
}

fn params(names: &[&str], common_name: &str) -> Result<CertificateParams, StackError> {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    // An hour back, for clocks that are read at different moments.
    params.not_before = now() - Duration::hours(1);
    params.not_after = now() + LIFE;
    Ok(params)
}
