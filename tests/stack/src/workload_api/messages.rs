//! The messages of the SPIFFE Workload API's X.509 profile (SPIFFE Workload API §5), written by hand: four small
//! ones need no compiler for protocol buffers.

use std::collections::HashMap;

use prost::Message;

/// Asks for the caller's SVIDs; empty by definition.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct X509SvidRequest {}

/// The caller's SVIDs; sent again whenever one of them changes.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct X509SvidResponse {
    /// In order of preference: the first is the default identity.
    #[prost(message, repeated, tag = "1")]
    pub(super) svids: Vec<X509Svid>,
    /// Certificate revocation lists, DER.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(super) crl: Vec<Vec<u8>>,
    /// The bundles of federated trust domains, by trust domain.
    #[prost(map = "string, bytes", tag = "3")]
    pub(super) federated_bundles: HashMap<String, Vec<u8>>,
}

/// One SVID.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct X509Svid {
    /// The SPIFFE ID that it attests.
    #[prost(string, tag = "1")]
    pub(super) spiffe_id: String,
    /// The certificate chain, DER, leaf first, concatenated.
    #[prost(bytes = "vec", tag = "2")]
    pub(super) certificates: Vec<u8>,
    /// The private key, PKCS#8 DER.
    #[prost(bytes = "vec", tag = "3")]
    pub(super) private_key: Vec<u8>,
    /// The trust domain's authorities, DER, concatenated.
    #[prost(bytes = "vec", tag = "4")]
    pub(super) bundle: Vec<u8>,
    /// What tells several SVIDs of one workload apart.
    #[prost(string, tag = "5")]
    pub(super) hint: String,
}

/// Asks for the bundles; empty by definition.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct X509BundlesRequest {}

/// The bundles that the caller may trust.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct X509BundlesResponse {
    /// Certificate revocation lists, DER.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) crl: Vec<Vec<u8>>,
    /// The authorities, DER, concatenated, by trust domain ID.
    #[prost(map = "string, bytes", tag = "2")]
    pub(super) bundles: HashMap<String, Vec<u8>>,
}
