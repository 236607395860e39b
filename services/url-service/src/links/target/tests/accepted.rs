//! Targets that have to pass, with the form in which they are stored.

use super::{TargetUrl, parse};

/// As given, as stored, host.
const ACCEPTED: &[(&str, &str, &str)] = &[
    ("https://example.com/", "https://example.com/", "example.com"),
    ("https://example.com", "https://example.com/", "example.com"),
    ("http://example.com/a/b?c=d#e", "http://example.com/a/b?c=d#e", "example.com"),
    ("https://www.example.org/", "https://www.example.org/", "www.example.org"),
    ("https://example.net/", "https://example.net/", "example.net"),
    // Case, default ports, other ports, dots
    ("HTTPS://EXAMPLE.COM/Path?Query#Frag", "https://example.com/Path?Query#Frag", "example.com"),
    ("hTTp://Example.Com:80/", "http://example.com/", "example.com"),
    ("https://example.com:443/", "https://example.com/", "example.com"),
    ("https://example.com:/", "https://example.com/", "example.com"),
    ("http://example.com:443/", "http://example.com:443/", "example.com"),
    ("https://example.com:8443/x", "https://example.com:8443/x", "example.com"),
    ("https://example.com:00008443/x", "https://example.com:8443/x", "example.com"),
    ("https://example.com:1/", "https://example.com:1/", "example.com"),
    ("https://example.com:65535/", "https://example.com:65535/", "example.com"),
    ("https://example.com./", "https://example.com/", "example.com"),
    ("https://example.com.:8443/x", "https://example.com:8443/x", "example.com"),
    // Paths, queries and fragments
    ("https://example.com/a/./b/../c", "https://example.com/a/c", "example.com"),
    ("https://example.com//double//slash", "https://example.com//double//slash", "example.com"),
    ("https://example.com?q", "https://example.com/?q", "example.com"),
    ("https://example.com#top", "https://example.com/#top", "example.com"),
    ("https://example.com/#", "https://example.com/#", "example.com"),
    ("https://example.com/#/route?x=1", "https://example.com/#/route?x=1", "example.com"),
    ("https://example.com/#:~:text=quoted", "https://example.com/#:~:text=quoted", "example.com"),
    ("https://example.com/@handle", "https://example.com/@handle", "example.com"),
    ("https://example.com/?to=a@b.com", "https://example.com/?to=a@b.com", "example.com"),
    ("https://example.com/#a@b", "https://example.com/#a@b", "example.com"),
    ("https://example.com/a:b", "https://example.com/a:b", "example.com"),
    ("https://example.com/[x]", "https://example.com/[x]", "example.com"),
    ("https://example.com/%20%5C%00%zz", "https://example.com/%20%5C%00%zz", "example.com"),
    ("https://example.com/100%", "https://example.com/100%", "example.com"),
    ("https://example.com/?u=http://127.0.0.1/", "https://example.com/?u=http://127.0.0.1/", "example.com"),
    ("https://example.com/http://localhost/", "https://example.com/http://localhost/", "example.com"),
    ("https://example.com/\"<>`{}", "https://example.com/%22%3C%3E%60%7B%7D", "example.com"),
    ("https://example.com/?\"<>'", "https://example.com/?%22%3C%3E%27", "example.com"),
    ("https://example.com/ü?ü#ü", "https://example.com/%C3%BC?%C3%BC#%C3%BC", "example.com"),
    ("https://example.com/日本", "https://example.com/%E6%97%A5%E6%9C%AC", "example.com"),
    ("https://example.com/❤\u{fe0f}", "https://example.com/%E2%9D%A4%EF%B8%8F", "example.com"),
    (
        "https://example.com/👩\u{200d}🔬",
        "https://example.com/%F0%9F%91%A9%E2%80%8D%F0%9F%94%AC",
        "example.com",
    ),
    // Internationalised hosts
    ("https://münchen.de/", "https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
    ("https://MÜNCHEN.DE/", "https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
    ("https://mu\u{308}nchen.de/", "https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
    ("https://m%C3%BCnchen.de/", "https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
    ("https://xn--mnchen-3ya.de/", "https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
    ("https://straße.de/", "https://xn--strae-oqa.de/", "xn--strae-oqa.de"),
    ("https://аррӏе.com/", "https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"),
    ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/", "xn--r8jz45g.xn--zckzah"),
    ("https://президент.рф/", "https://xn--d1abbgf6aiiy.xn--p1ai/", "xn--d1abbgf6aiiy.xn--p1ai"),
    (
        "https://موقع.وزارة-الاتصالات.مصر/",
        "https://xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c/",
        "xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c",
    ),
    ("https://i❤\u{fe0f}.ws/", "https://xn--i-7iq.ws/", "xn--i-7iq.ws"),
    ("https://ｅｘａｍｐｌｅ．ｃｏｍ/", "https://example.com/", "example.com"),
    ("https://example。com/", "https://example.com/", "example.com"),
    ("https://ex%61mple%2Ecom/", "https://example.com/", "example.com"),
    // Names in use that look out of order
    (
        "https://my_bucket.s3.amazonaws.com/",
        "https://my_bucket.s3.amazonaws.com/",
        "my_bucket.s3.amazonaws.com",
    ),
    (
        "https://r3---sn-4g5e6.googlevideo.com/",
        "https://r3---sn-4g5e6.googlevideo.com/",
        "r3---sn-4g5e6.googlevideo.com",
    ),
    ("https://user-.github.io/", "https://user-.github.io/", "user-.github.io"),
    ("https://-leading.example.com/", "https://-leading.example.com/", "-leading.example.com"),
    ("https://1.2.3.4.com/", "https://1.2.3.4.com/", "1.2.3.4.com"),
    ("https://127.0.0.1.example.com/", "https://127.0.0.1.example.com/", "127.0.0.1.example.com"),
    ("https://0x7f.example.com/", "https://0x7f.example.com/", "0x7f.example.com"),
    (
        "https://ec2-3-4-5-6.compute-1.amazonaws.com/",
        "https://ec2-3-4-5-6.compute-1.amazonaws.com/",
        "ec2-3-4-5-6.compute-1.amazonaws.com",
    ),
    ("https://163.com/", "https://163.com/", "163.com"),
    ("https://t.co/x", "https://t.co/x", "t.co"),
    ("https://x.ai/", "https://x.ai/", "x.ai"),
    ("https://example.technology/", "https://example.technology/", "example.technology"),
    // Beside the refused names
    ("https://localhost.example.com/", "https://localhost.example.com/", "localhost.example.com"),
    ("https://mylocalhost.com/", "https://mylocalhost.com/", "mylocalhost.com"),
    ("https://local.com/", "https://local.com/", "local.com"),
    ("https://internal.example.com/", "https://internal.example.com/", "internal.example.com"),
    ("https://metadata.google.com/", "https://metadata.google.com/", "metadata.google.com"),
    ("https://notnip.io/", "https://notnip.io/", "notnip.io"),
    ("https://nip.io.example.com/", "https://nip.io.example.com/", "nip.io.example.com"),
    ("https://onion.com/", "https://onion.com/", "onion.com"),
    ("https://test.com/", "https://test.com/", "test.com"),
    ("https://example.github.io/", "https://example.github.io/", "example.github.io"),
    ("https://svc.com/", "https://svc.com/", "svc.com"),
    // Beside our own hosts
    ("https://gogo.example.net/", "https://gogo.example.net/", "gogo.example.net"),
    (
        "https://go.example.net.example.com/",
        "https://go.example.net.example.com/",
        "go.example.net.example.com",
    ),
    ("https://example.com/go.example.net", "https://example.com/go.example.net", "example.com"),
    ("https://example.com/?go.example.net", "https://example.com/?go.example.net", "example.com"),
];

#[test]
fn good_targets_are_stored_in_their_normal_form() {
    for (given, stored, host) in ACCEPTED {
        let target = parse(given).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(target.as_str(), *stored, "{given}");
        assert_eq!(target.host(), *host, "{given}");
    }
}

#[test]
fn what_is_stored_is_accepted_again_and_does_not_change() {
    for (_, stored, _) in ACCEPTED {
        assert_eq!(parse(stored).unwrap().as_str(), *stored);
    }
}

#[test]
fn what_is_stored_can_go_into_a_header() {
    for (given, ..) in ACCEPTED {
        let target = parse(given).unwrap();
        assert!(target.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "{given}");
    }
}

#[test]
fn the_host_of_a_stored_target_is_that_of_the_parser() {
    for (_, stored, _) in ACCEPTED {
        let url = url::Url::parse(stored).unwrap();
        assert_eq!(Some(TargetUrl::host_of(stored)), url.host_str());
        assert_eq!((url.username(), url.password()), ("", None));
    }
    for junk in ["", "example.com", "//example.com/", "://", "mailto:a@b"] {
        assert_eq!(TargetUrl::host_of(junk), "", "{junk}");
    }
}

#[test]
fn two_thousand_and_forty_eight_characters_are_the_most() {
    let base = "https://example.com/";
    let longest = format!("{base}{}", "a".repeat(TargetUrl::MAX_LENGTH - base.len()));
    assert_eq!(parse(&longest).unwrap().as_str().len(), 2048);
    assert_eq!(parse(&format!("{longest}a")), Err(super::TargetError::TooLong));
    assert_eq!(parse(&format!("{base}{}", "a".repeat(1 << 20))), Err(super::TargetError::TooLong));
}

#[test]
fn the_length_is_that_of_the_normal_form() {
    let grows = format!("https://example.com/{}", "ü".repeat(340));
    assert_eq!(parse(&grows), Err(super::TargetError::TooLong), "each ü takes six characters");
    let shrinks = format!("https://example.com/{}", "./".repeat(2000));
    assert_eq!(parse(&shrinks).unwrap().as_str(), "https://example.com/");
}

#[test]
fn the_longest_host_and_label_pass() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}.com", "a".repeat(57));
    assert_eq!(longest.len(), 253);
    assert_eq!(parse(&format!("https://{longest}/")).unwrap().host(), longest);
    assert_eq!(parse(&format!("https://{longest}./")).unwrap().host(), longest);
}

#[test]
fn its_debug_form_shows_the_host_alone() {
    let target = parse("https://example.com:8443/secret?token=secret#secret").unwrap();
    assert_eq!(format!("{target:?}"), r#"TargetUrl { host: "example.com", .. }"#);
}
