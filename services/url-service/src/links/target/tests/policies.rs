//! Our own hosts, and what an error says.

use super::super::host::HostError;
use super::*;

#[test]
fn our_own_hosts_are_refused_in_every_spelling() {
    for url in [
        "https://go.example.net/",
        "http://go.example.net/abc",
        "https://go.example.net:8443/abc",
        "https://GO.Example.NET/",
        "https://go.example.net./",
        "https://a.b.go.example.net/",
        "https://ｇｏ．ｅｘａｍｐｌｅ．ｎｅｔ/",
        "https://go。example｡net/",
        "https://%67o.example.net/",
        "https://ⓖⓞ.example.net/",
        "https://lnk.example.org/",
        "https://ln\u{212a}.example.org/",
        "https://www.lnk.example.org:1234/?x#y",
    ] {
        assert_eq!(parse(url), Err(TargetError::OwnHost), "{url}");
    }
}

#[test]
fn an_internationalised_host_of_our_own_is_compared_in_punycode() {
    let policy = TargetPolicy::new(["Kürzer.de"], Blocklist::default()).unwrap();
    for url in
        ["https://kürzer.de/", "https://KÜRZER.DE/", "https://xn--krzer-kva.de/", "https://a.kürzer.de/"]
    {
        assert_eq!(TargetUrl::parse(url, &policy), Err(TargetError::OwnHost), "{url}");
    }
    assert!(TargetUrl::parse("https://kurzer.de/", &policy).is_ok());
}

#[test]
fn a_local_run_may_name_addresses_and_local_hosts() {
    let hosts = ["127.0.0.1", "[::1]", "localhost"];
    let policy = TargetPolicy::new(hosts, Blocklist::default()).unwrap();
    assert!(TargetUrl::parse("https://example.com/", &policy).is_ok());
    assert_eq!(TargetUrl::parse("http://127.0.0.1:8080/x", &policy), Err(TargetError::IpAddress));
    assert_eq!(TargetUrl::parse("http://[::1]:8080/x", &policy), Err(TargetError::IpAddress));
    assert_eq!(TargetUrl::parse("http://localhost:8080/x", &policy), Err(TargetError::LocalName));
}

#[test]
fn a_host_of_our_own_has_to_be_one() {
    for host in
        ["", ".", "a..b", "go.example.net:8080", "https://go.example.net", "go example", "*.example.net"]
    {
        let error = TargetPolicy::new(["fine.example.net", host], Blocklist::default()).unwrap_err();
        assert!(error.to_string().contains(&format!("{host:?}")), "{error}");
    }
}

#[test]
fn our_own_hosts_come_before_the_blocklist() {
    let policy = TargetPolicy::new(["go.evil.com"], Blocklist::parse(".evil.com").unwrap()).unwrap();
    assert_eq!(TargetUrl::parse("https://go.evil.com/", &policy), Err(TargetError::OwnHost));
    assert_eq!(TargetUrl::parse("https://evil.com/", &policy), Err(TargetError::Blocked));
    assert!(policy.blocklist().blocks("www.evil.com"));
}

#[test]
fn a_message_is_a_sentence_about_the_rule_and_not_the_url() {
    let messages = [
        (TargetError::TooLong, "the URL has more than 2048 characters once it is normalised"),
        (TargetError::Scheme, "the URL has to start with http:// or https://"),
        (
            TargetError::Host(HostError::LabelTooLong),
            "the host of the URL has a label of more than 63 characters",
        ),
        (TargetError::Host(HostError::TooLong), "the host of the URL has more than 253 characters"),
        (TargetError::OwnHost, "the URL leads back to this service"),
    ];
    for (error, message) in messages {
        assert_eq!(error.to_string(), message);
    }
}
