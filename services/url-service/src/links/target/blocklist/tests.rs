use super::super::{TargetError, TargetPolicy, TargetUrl};
use super::*;

const FILE: &str = "\u{feff}# Hosts that we do not want links to
evil.com
EVIL-TWO.com.          # upper case and the root's dot\r
 .malware.net
*.Phishing.Example.ORG
münchen.de
.xn--bcher-kva.ch
ｆｕｌｌｗｉｄｔｈ.com
.zip
under_score.io

192.0.2.7
[2001:db8::1]
\t#indented comment
both.com
.both.com
.also-both.com
also-both.com
";

#[test]
fn an_exact_entry_blocks_that_host_alone() {
    let blocklist = Blocklist::parse(FILE).unwrap();
    for host in ["evil.com", "evil-two.com", "xn--mnchen-3ya.de", "fullwidth.com", "under_score.io"] {
        assert!(blocklist.blocks(host), "{host}");
        assert!(!blocklist.blocks(&format!("www.{host}")), "www.{host}");
        assert!(!blocklist.blocks(&format!("not{host}")), "not{host}");
        assert!(!blocklist.blocks(&format!("{host}.com")), "{host}.com");
    }
}

#[test]
fn a_suffix_blocks_the_domain_and_everything_below_it() {
    let blocklist = Blocklist::parse(FILE).unwrap();
    for domain in ["malware.net", "phishing.example.org", "xn--bcher-kva.ch", "zip"] {
        for host in [domain.to_owned(), format!("a.{domain}"), format!("a.b.c.d.e.{domain}")] {
            assert!(blocklist.blocks(&host), "{host}");
        }
        for host in [format!("not{domain}"), format!("{domain}.com"), format!("a.not{domain}")] {
            assert!(!blocklist.blocks(&host), "{host}");
        }
    }
}

#[test]
fn the_order_of_two_entries_for_one_host_does_not_matter() {
    let blocklist = Blocklist::parse(FILE).unwrap();
    for host in ["both.com", "a.both.com", "also-both.com", "a.also-both.com"] {
        assert!(blocklist.blocks(host), "{host}");
    }
}

#[test]
fn what_is_not_listed_passes() {
    let blocklist = Blocklist::parse(FILE).unwrap();
    for host in ["", ".", "com", "net", "example.org", "example.com", "il.com", "vil.com", "192.0.2.7"] {
        assert!(!blocklist.blocks(host), "{host:?}");
    }
    for empty in ["", "\n\n", "# nothing\n", "\u{feff}"] {
        assert!(!Blocklist::parse(empty).unwrap().blocks("evil.com"));
    }
    assert!(!Blocklist::default().blocks("evil.com"));
}

#[test]
fn a_host_of_many_labels_is_looked_up_like_any_other() {
    let blocklist = Blocklist::parse(".malware.net").unwrap();
    assert!(blocklist.blocks(&format!("{}malware.net", "a.".repeat(120))));
    assert!(!blocklist.blocks(&format!("{}example.net", "a.".repeat(120))));
}

#[test]
fn every_line_that_cannot_be_used_is_reported() {
    let long = "a".repeat(64);
    let text = format!(
        "good.com\nhttps://evil.com/x\nevil.com:8080\n*\n*.\n.\na..b\nev*l.com\n{long}.com\n\
         a b.com\nuser@evil.com\nxn--a.com\n..evil.com\n*.*.com\n1.2.3.4.5\n# fine\nlast.com/\n"
    );
    let error = Blocklist::parse(&text).unwrap_err();
    let message = error.to_string();
    let reasons: Vec<(usize, HostError)> =
        error.into_iter().map(|fault| (fault.line, fault.reason)).collect();
    let expected = [
        (2, HostError::Invalid),
        (3, HostError::Invalid),
        (4, HostError::Character),
        (5, HostError::Empty),
        (6, HostError::Empty),
        (7, HostError::EmptyLabel),
        (8, HostError::Character),
        (9, HostError::LabelTooLong),
        (10, HostError::Invalid),
        (11, HostError::Invalid),
        (12, HostError::Invalid),
        (13, HostError::EmptyLabel),
        (14, HostError::Character),
        (15, HostError::Invalid),
        (17, HostError::Invalid),
    ];
    assert_eq!(reasons, expected);
    assert!(
        message.starts_with("15 line(s) of the blocklist cannot be used; line 2: the host is not"),
        "{message}"
    );
    assert!(message.contains("; line 17: "), "{message}");
}

#[test]
fn a_new_link_is_checked_in_every_spelling_of_its_host() {
    let policy = TargetPolicy::new([], Blocklist::parse(FILE).unwrap()).unwrap();
    for url in [
        "https://evil.com/",
        "https://EVIL.com:8443/path",
        "https://evil.com./",
        "https://ｅｖｉｌ.com/",
        "https://ev%69l.com/",
        "https://a.b.malware.net/",
        "https://malware。net/",
        "https://MÜNCHEN.de/",
        "https://www.bücher.ch/",
        "https://readme.zip/",
    ] {
        assert_eq!(TargetUrl::parse(url, &policy), Err(TargetError::Blocked), "{url}");
    }
}

#[test]
fn a_stored_target_is_checked_by_its_host() {
    let blocklist = Blocklist::parse(FILE).unwrap();
    assert!(blocklist.blocks(TargetUrl::host_of("https://a.malware.net:8443/?q#f")));
    assert!(!blocklist.blocks(TargetUrl::host_of("https://example.com/malware.net")));
}

#[test]
fn its_debug_form_does_not_list_the_hosts() {
    let shown = format!("{:?}", Blocklist::parse(".evil.com").unwrap());
    assert_eq!(shown, "Blocklist { entries: 1, .. }");
}
