//! Where a link leads.
//!
//! Every rule is applied to the URL as a browser will understand it: the input is parsed and normalised as
//! the [WHATWG URL standard](https://url.spec.whatwg.org/) says, and only the normalised form is judged,
//! stored and sent. What that parser would quietly drop or repair (white space, controls, backslashes,
//! missing slashes) is refused beforehand, because then the text that a person approved is not the place
//! where the link leads. The service itself never opens a target; the rules keep a short link, which hides
//! its destination, from pointing into the network of whoever follows it.

use std::fmt;

use url::{Host, Url};

mod blocklist;
mod error;
mod host;
mod names;
mod policy;
mod spelling;
#[cfg(test)]
mod tests;

pub(crate) use blocklist::Blocklist;
pub(crate) use error::TargetError;
pub(crate) use policy::TargetPolicy;

/// A URL that a link may lead to, normalised: ASCII, lower-case scheme and host, no default port, no dot at
/// the end of the host, fragment kept.
///
/// Its `Debug` form shows the host alone: the rest may carry what only the link's owner should know.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TargetUrl(String);

impl TargetUrl {
    /// Most characters after normalisation.
    pub(crate) const MAX_LENGTH: usize = 2048;

    /// Accepts a URL that a caller gave.
    ///
    /// # Errors
    ///
    /// One [`TargetError`] per rule; the first that the URL breaks.
    pub(crate) fn parse(text: &str, policy: &TargetPolicy) -> Result<Self, TargetError> {
        spelling::check(text)?;
        let mut url = Url::parse(text)?;
        drop_root_dot(&mut url)?;
        match url.host() {
            Some(Host::Domain(host)) => policy.check(host)?,
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(TargetError::IpAddress),
            None => return Err(TargetError::MissingHost),
        }
        if url.port() == Some(0) {
            return Err(TargetError::PortZero);
        }
        if url.as_str().len() > Self::MAX_LENGTH {
            return Err(TargetError::TooLong);
        }
        Ok(Self(url.into()))
    }

    /// The URL to store and to redirect to.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The host as a preview has to show it: internationalised names in punycode, so that a letter that
    /// imitates another one is seen.
    pub(crate) fn host(&self) -> &str {
        Self::host_of(&self.0)
    }

    /// The host of a target that was stored, as [`Blocklist::blocks`] wants it, found without parsing and
    /// without allocating. Empty for text that never was a [`TargetUrl`].
    pub(crate) fn host_of(stored: &str) -> &str {
        let scheme_dropped = stored.strip_prefix("https://").or_else(|| stored.strip_prefix("http://"));
        let rest = scheme_dropped.unwrap_or_default();
        let end = rest.bytes().position(|byte| matches!(byte, b':' | b'/' | b'?' | b'#'));
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
    }
}

/// Removes the dot of a fully qualified name (RFC 1034 §3.1): with and without it are the same host.
fn drop_root_dot(url: &mut Url) -> Result<(), url::ParseError> {
    let bare = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned);
    bare.map_or(Ok(()), |host| url.set_host(Some(&host)))
}

impl fmt::Debug for TargetUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TargetUrl").field("host", &self.host()).finish_non_exhaustive()
    }
}
