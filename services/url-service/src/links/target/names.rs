//! Names that never lead to a public web site, each with everything below it.
//!
//! The list of delegated top-level domains is not used for this: it changes, and a list that is out of date
//! would refuse good targets.

use super::TargetError;
use super::host::is_within;

/// Names that each machine or network resolves for itself.
///
/// `localhost` (RFC 6761 §6.3), `local` (RFC 6762), `home.arpa` (RFC 8375), `internal` (reserved by ICANN in
/// 2024), those in use on private networks (RFC 6762, appendix G) or withheld for it by ICANN (`mail`),
/// Kubernetes services and pods, Consul, and the names by which home routers answer.
const LOCAL: &[&str] = &[
    "consul",
    "corp",
    "default",
    "fritz.box",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "localnet",
    "mail",
    "mywifiext.net",
    "orbilogin.com",
    "orbilogin.net",
    "pi.hole",
    "pod",
    "private",
    "router.asus.com",
    "routerlogin.com",
    "routerlogin.net",
    "svc",
    "tplinkap.net",
    "tplinklogin.net",
    "tplinkmodem.net",
    "tplinkrepeater.net",
    "tplinkwifi.net",
];

/// Names of the link-local metadata services of clouds. Looked at first, because some are local names too.
const METADATA: &[&str] = &[
    "api.metadata.cloud.ibm.com",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata",
    "metadata.azure.internal",
    "metadata.goog",
    "metadata.google.internal",
    "metadata.oraclecloud.com",
    "metadata.packet.net",
    "metadata.platformequinix.com",
    "metadata.tencentyun.com",
    "rancher-metadata",
];

/// Special-use top-level domains (IANA registry after RFC 6761) that resolve nowhere, or differently for
/// each reader: a link to them is a mistake or a trap.
///
/// `onion` (RFC 7686) works in one browser only and tells the others' resolvers where somebody wanted to go;
/// `arpa` (RFC 3172) is infrastructure; `test`, `example` and `invalid` (RFC 6761), `alt` (RFC 9476).
/// `example.com`, `.net` and `.org` are real hosts, kept for documentation, and are not refused.
const SPECIAL_USE: &[&str] = &["alt", "arpa", "example", "invalid", "onion", "test"];

/// Public domains whose names stand for an address that they spell, for the local host, or for two addresses
/// in turn: the way around a rule against addresses. The known ones; the blocklist is for the next.
const ADDRESS_IN_NAME: &[&str] = &[
    "127-0-0-1.org.uk",
    "1u.ms",
    "42foo.com",
    "colasloth.com",
    "ddev.site",
    "fuf.me",
    "ipv6-literal.net",
    "lacolhost.com",
    "lcl.host",
    "lndo.site",
    "local-ip.co",
    "local-ip.sh",
    "local.gd",
    "localdev.me",
    "localho.st",
    "localhost.direct",
    "localhost.tv",
    "localhst.co.uk",
    "localmachine.info",
    "localmachine.name",
    "localtest.me",
    "lvh.me",
    "nip.io",
    "plex.direct",
    "rbndr.us",
    "rebind.network",
    "smackaho.st",
    "spoofed.burpcollaborator.net",
    "sslip.io",
    "traefik.me",
    "vcap.me",
    "xip.io",
    "xip.name",
];

const RULES: &[(&[&str], TargetError)] = &[
    (METADATA, TargetError::MetadataService),
    (LOCAL, TargetError::LocalName),
    (SPECIAL_USE, TargetError::SpecialUse),
    (ADDRESS_IN_NAME, TargetError::AddressInName),
];

/// Checks a host name against the lists.
///
/// # Errors
///
/// The reason that goes with the list that has the name.
pub(super) fn check(host: &str) -> Result<(), TargetError> {
    let is_listed = |names: &[&str]| names.iter().any(|name| is_within(host, name));
    RULES.iter().find(|(names, _)| is_listed(names)).map_or(Ok(()), |(_, reason)| Err(*reason))
}

#[cfg(test)]
mod tests {
    use super::super::host;
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_in_the_form_that_is_compared() {
        for (names, reason) in RULES {
            assert!(names.is_sorted_by(|a, b| a < b), "{reason:?}");
            for name in *names {
                assert_eq!(host::check(name), Ok(()), "{name}");
            }
        }
    }

    #[test]
    fn every_name_is_refused_with_all_that_is_below_it_and_nothing_beside_it() {
        for (names, reason) in RULES {
            for name in *names {
                assert_eq!(check(name), Err(*reason), "{name}");
                assert_eq!(check(&format!("a.b.{name}")), Err(*reason), "{name}");
                assert_eq!(check(&format!("{name}.example.com")), Ok(()), "{name}");
            }
        }
        for neighbour in ["mylocal.example.com", "notnip.io", "localhosts.com", "onion.com", "example.org"] {
            assert_eq!(check(neighbour), Ok(()), "{neighbour}");
        }
    }
}
