//! Who visits: fifty browsers, and pages that they come from.

/// Operating systems as browsers name them.
const SYSTEMS: [&str; 5] = [
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "Linux; Android 10; K",
    "iPhone; CPU iPhone OS 18_5 like Mac OS X",
];
/// Major versions of Chrome and Firefox.
const VERSIONS: [u32; 5] = [140, 141, 142, 143, 144];
/// Where visitors come from; the empty one is somebody who typed the address.
const REFERRERS: [&str; 7] = [
    "https://www.google.com/",
    "https://news.ycombinator.com/item?id=12345678",
    "https://www.reddit.com/r/rust/comments/abcdef/a_title/",
    "https://t.co/",
    "https://lobste.rs/s/abcdef",
    "https://mail.example.com/inbox/42?folder=unread",
    "",
];

/// The end of a request's head for each visitor: everything after the request line, as a browser sends it.
pub(super) fn heads(host: &str) -> Vec<String> {
    let agents =
        SYSTEMS.iter().flat_map(|system| VERSIONS.iter().flat_map(|version| agents(system, *version)));
    let referrers = REFERRERS.iter().cycle();
    agents
        .zip(referrers)
        .map(|(agent, referrer)| {
            let referrer =
                if referrer.is_empty() { String::new() } else { format!("Referer: {referrer}\r\n") };
            format!(
                "Host: {host}\r\n\
                 Connection: keep-alive\r\n\
                 User-Agent: {agent}\r\n\
                 Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
                 {referrer}\
                 Accept-Encoding: gzip, deflate, br\r\n\
                 Accept-Language: en-GB,en;q=0.9\r\n\r\n"
            )
        })
        .collect()
}

fn agents(system: &str, version: u32) -> [String; 2] {
    [
        format!(
            "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        ),
        format!("Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn fifty_visitors_each_with_a_complete_head() {
        let heads: BTreeSet<String> = heads("127.0.0.1:80").into_iter().collect();
        assert_eq!(heads.len(), 50);
        assert!(
            heads
                .iter()
                .all(|head| head.ends_with("\r\n\r\n") && head.contains("\r\nUser-Agent: Mozilla/5.0 ("))
        );
        assert!(heads.iter().any(|head| !head.contains("Referer")));
    }
}
