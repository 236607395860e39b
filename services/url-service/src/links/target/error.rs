//! Why a target is refused.

use url::ParseError;

use super::TargetUrl;
use super::host::HostError;

/// Why a target is refused, in words for the caller of the API. Never quotes the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    /// No text at all.
    #[error("the URL is empty")]
    Empty,
    /// More than [`TargetUrl::MAX_LENGTH`] characters once normalised, or so many that it need not be tried.
    #[error("the URL has more than {} characters once it is normalised", TargetUrl::MAX_LENGTH)]
    TooLong,
    /// White space of any script, also at either end.
    #[error("the URL contains white space; write a space as %20")]
    WhiteSpace,
    /// A control character.
    #[error("the URL contains a control character")]
    ControlCharacter,
    /// A character that shows nothing, or changes the direction of the text.
    #[error("the URL contains an invisible character or one that changes the direction of text")]
    InvisibleCharacter,
    /// A backslash, which browsers take for a slash.
    #[error("the URL contains a backslash; write it as %5C, or use a slash")]
    Backslash,
    /// Any scheme but `http` and `https`, none at all, or not two slashes after it.
    #[error("the URL has to start with http:// or https://")]
    Scheme,
    /// A user name or password, which also serves to disguise the host.
    #[error("the URL must not contain a user name or password")]
    UserInfo,
    /// Nothing where the host belongs.
    #[error("the URL has no host")]
    MissingHost,
    /// An IP address in any spelling.
    #[error("the URL has to name its host; IP addresses are not accepted in any spelling")]
    IpAddress,
    /// Not a host name.
    #[error("the host of the URL {0}")]
    Host(HostError),
    /// A host name of one label, which each network resolves as it likes.
    #[error("the host of the URL has to be a full domain name")]
    SingleLabel,
    /// A last label that no top-level domain has.
    #[error("the host of the URL does not end in a top-level domain")]
    TopLevelDomain,
    /// A name that leads into the visitor's own machine or network.
    #[error("the host of the URL is one of a local or private network")]
    LocalName,
    /// A cloud's instance metadata service.
    #[error("the host of the URL is a cloud metadata service")]
    MetadataService,
    /// A name under a special-use top-level domain.
    #[error("the host of the URL is under a domain that is reserved for special use")]
    SpecialUse,
    /// A name that stands for whatever IP address it spells.
    #[error("the host of the URL belongs to a service that maps names to any IP address")]
    AddressInName,
    /// A port that is not a number up to 65535.
    #[error("the port of the URL is not a number from 1 to 65535")]
    Port,
    /// Port 0, which cannot be connected to.
    #[error("the port of the URL must not be 0")]
    PortZero,
    /// One of our own domains: the link would lead back to a link.
    #[error("the URL leads back to this service")]
    OwnHost,
    /// On the operator's blocklist.
    #[error("the host of the URL is blocked by the operator of this service")]
    Blocked,
    /// Whatever else the parser refuses.
    #[error("the URL is malformed")]
    Malformed(#[source] ParseError),
}

impl From<ParseError> for TargetError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::EmptyHost => Self::MissingHost,
            ParseError::IdnaError | ParseError::InvalidDomainCharacter => Self::Host(HostError::Invalid),
            // The standard takes every host that ends in a number for an IPv4 address.
            ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => Self::IpAddress,
            ParseError::InvalidPort => Self::Port,
            other => Self::Malformed(other),
        }
    }
}
