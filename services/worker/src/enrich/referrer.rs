//! The host that linked to the short link.

use click_contract::batch::MAX_HOST_BYTES;

/// The longest label of a host name (RFC 1035, section 2.3.4).
const MAX_LABEL_BYTES: usize = 63;

/// `host` in lower case and without `www.`, or the empty string when it is no host name. An internationalised
/// name is one only in its ASCII form; an IPv6 address is none.
pub(super) fn normalized(host: &str) -> String {
    let host = host.strip_suffix('.').unwrap_or(host);
    if !is_host_name(host) {
        return String::new();
    }
    let host = host.to_ascii_lowercase();
    match host.strip_prefix("www.") {
        // `www.com` is a site of its own.
        Some(site) if site.contains('.') => site.to_owned(),
        _ => host,
    }
}

/// RFC 1123, section 2.1: letters, digits and inner hyphens, in labels separated by dots.
fn is_host_name(host: &str) -> bool {
    host.len() <= MAX_HOST_BYTES && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL_BYTES).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart_by_name_only() {
        for (host, expected) in [
            ("news.example.com", "news.example.com"),
            ("WWW.Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("www.com", "www.com"),
            ("www.www.example.com", "www.example.com"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(normalized(host), expected, "{host}");
        }
    }

    #[test]
    fn what_is_no_host_name_is_unknown() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = ["abcdefg"; 32].join(".");
        for host in [
            "",
            ".",
            "..",
            "a..b",
            ".example.com",
            "-a.example",
            "a-.example",
            "a_b.example",
            "bücher.example",
            "[2001:db8::1]",
            "example.com:8080",
            "user@example.com",
            "example.com/path",
            "<script>",
            "a\nb",
            "(other)",
            &long_label,
            &long_name,
        ] {
            assert_eq!(normalized(host), "", "{host}");
        }
    }
}
