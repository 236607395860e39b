//! Certificate authorities and X.509-SVIDs (SPIFFE X509-SVID): proper ones for the Workload API, and improper ones
//! for tests of what a peer refuses.

use std::fmt;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::StackError;
use crate::clock::now;

/// Clocks are read at different moments.
const BACKDATE: Duration = Duration::seconds(30);
/// Longer than any run.
const AUTHORITY_LIFE: Duration = Duration::days(7);

/// A certificate authority for one trust domain.
#[derive(Debug)]
pub struct Authority {
    certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// What a leaf certificate shall say. [`Leaf::svid`] is proper; change a field to make an improper one.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The URI subject alternative names; an SVID has exactly one.
    pub uris: Vec<String>,
    /// The DNS subject alternative names.
    pub dns_names: Vec<String>,
    /// The common name, which says nothing in SPIFFE.
    pub common_name: Option<String>,
    /// The first moment of validity.
    pub not_before: OffsetDateTime,
    /// The last moment of validity.
    pub not_after: OffsetDateTime,
    /// Whether it may sign certificates, which an SVID may not.
    pub is_authority: bool,
    /// The extended key usages.
    pub extended_key_usages: Vec<ExtendedKeyUsagePurpose>,
}

/// A leaf certificate and its private key.
#[derive(Clone)]
pub struct Credential {
    /// The leaf certificate, DER.
    pub certificate: Vec<u8>,
    /// The private key, PKCS#8 DER (ECDSA P-256).
    pub private_key: Vec<u8>,
}

impl Authority {
    /// A new authority, self-signed, with the trust domain as its URI name.
    ///
    /// # Errors
    ///
    /// When the trust domain is not ASCII.
    pub fn generate(trust_domain: &str) -> Result<Self, StackError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        let uri = Ia5String::try_from(format!("spiffe://{trust_domain}"))?;
        params.subject_alt_names = vec![SanType::URI(uri)];
        params.distinguished_name.push(DnType::CommonName, format!("{trust_domain} {}", Uuid::new_v4()));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = now() - BACKDATE;
        params.not_after = now() + AUTHORITY_LIFE;
        params.serial_number = Some(serial_number());
        let certificate = params.self_signed(&key)?.der().to_vec();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// The authority's certificate, DER: what a bundle holds.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Signs a leaf with a new key.
    ///
    /// # Errors
    ///
    /// When a name is not ASCII.
    pub fn issue(&self, leaf: &Leaf) -> Result<Credential, StackError> {
        let key = KeyPair::generate()?;
        let certificate = leaf.params()?.signed_by(&key, &self.issuer)?.der().to_vec();
        Ok(Credential { certificate, private_key: key.serialize_der() })
    }
}

impl Leaf {
    /// A proper SVID for one SPIFFE ID, valid from now on for `life`.
    #[must_use]
    pub fn svid(spiffe_id: impl Into<String>, life: Duration) -> Self {
        Self {
            uris: vec![spiffe_id.into()],
            dns_names: Vec::new(),
            common_name: None,
            not_before: now() - BACKDATE,
            not_after: now() + life,
            is_authority: false,
            extended_key_usages: vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ],
        }
    }

    /// Signs the leaf with its own key, as somebody without an authority would.
    ///
    /// # Errors
    ///
    /// When a name is not ASCII.
    pub fn self_signed(&self) -> Result<Credential, StackError> {
        let key = KeyPair::generate()?;
        let mut params = self.params()?;
        // There is no authority whose key could be named.
        params.use_authority_key_identifier_extension = false;
        let certificate = params.self_signed(&key)?.der().to_vec();
        Ok(Credential { certificate, private_key: key.serialize_der() })
    }

    fn params(&self) -> Result<CertificateParams, StackError> {
        let mut params = CertificateParams::default();
        for uri in &self.uris {
            params.subject_alt_names.push(SanType::URI(Ia5String::try_from(uri.as_str())?));
        }
        for name in &self.dns_names {
            params.subject_alt_names.push(SanType::DnsName(Ia5String::try_from(name.as_str())?));
        }
        params.distinguished_name = rcgen::DistinguishedName::new();
        if let Some(common_name) = &self.common_name {
            params.distinguished_name.push(DnType::CommonName, common_name);
        }
        params.not_before = self.not_before;
        params.not_after = self.not_after;
        params.serial_number = Some(serial_number());
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.is_ca = IsCa::ExplicitNoCa;
        if self.is_authority {
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params.extended_key_usages.clone_from(&self.extended_key_usages);
        Ok(params)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credential")
            .field("certificate", &self.certificate.len())
            .finish_non_exhaustive()
    }
}

/// Random, positive and at most 16 bytes (RFC 5280 §4.1.2.2).
fn serial_number() -> SerialNumber {
    let mut bytes = Uuid::new_v4().into_bytes();
    bytes[0] &= 0x7f;
    SerialNumber::from_slice(&bytes)
}
