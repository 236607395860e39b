use super::*;

/// User agents, each with its browser, operating system and device.
const KNOWN: [(&str, [&str; 3]); 12] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        ["Chrome", "Windows", "desktop"],
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        ["Internet Explorer", "Windows", "desktop"],
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
        ["Edge", "Windows", "desktop"],
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        ["Safari", "macOS", "desktop"],
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        ["Firefox", "Linux", "desktop"],
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        ["Safari", "iOS", "mobile"],
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        ["Safari", "iOS", "tablet"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        ["Chrome", "Android", "mobile"],
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        ["Chrome", "Android", "tablet"],
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        ["Chrome", "ChromeOS", "desktop"],
    ),
    (
        "Mozilla/5.0 (PlayStation 4 9.00) AppleWebKit/605.1.15 (KHTML, like Gecko)",
        ["PlayStation 4", "PlayStation 4", "appliance"],
    ),
    ("something else entirely", ["", "", ""]),
];

#[test]
fn browsers_are_sorted_into_families() {
    for (user_agent, expected) in KNOWN {
        let agent = Agent::of(user_agent);
        assert!(!agent.bot, "{user_agent}");
        assert_eq!([agent.browser.as_str(), agent.os.as_str(), agent.device], expected, "{user_agent}");
    }
}

#[test]
fn of_a_bot_nothing_else_is_kept() {
    for user_agent in
        ["", "curl/8.5.0", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"]
    {
        assert_eq!(Agent::of(user_agent), Agent { bot: true, ..Agent::default() }, "{user_agent}");
    }
}

#[test]
fn no_version_is_ever_kept() {
    for windows in ["NT 10.0", "NT 6.3", "NT 6.1", "NT 5.1", "98"] {
        let user_agent = format!("Mozilla/5.0 (Windows {windows}; rv:127.0) Gecko/20100101 Firefox/127.0");
        assert_eq!(Agent::of(&user_agent).os, "Windows", "{windows}");
    }
}

#[test]
fn odd_strings_are_survived() {
    for user_agent in
        ["\u{0}", "Windows ", "Mozilla/5.0 (Windows NT", "é\u{202e}", "Chrome/ Safari/", "Opera/"]
    {
        Agent::of(user_agent);
    }
}
