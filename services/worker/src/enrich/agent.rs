//! What a `User-Agent` header says: a bot or not, the family of browser and operating system, the class of
//! device. Never a version: together with the rest it could single a visitor out.

use click_contract::bot;
use woothee::parser::{Parser, WootheeResult};

/// What woothee says when it does not know.
const UNKNOWN: &str = "UNKNOWN";

/// A visitor's program and machine. Empty strings are unknown.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Agent {
    pub(super) bot: bool,
    pub(super) browser: String,
    pub(super) os: String,
    pub(super) device: &'static str,
}

impl Agent {
    /// Reads a `User-Agent` header. A bot is only that: nothing else of it is counted.
    pub(super) fn of(user_agent: &str) -> Self {
        if bot::is_bot(user_agent) {
            return Self { bot: true, ..Self::default() };
        }
        match Parser::new().parse(user_agent) {
            Some(found) => Self {
                bot: false,
                browser: browser(&found).to_owned(),
                os: os_family(found.os).to_owned(),
                device: device(&found, user_agent),
            },
            None => Self::default(),
        }
    }
}

/// woothee also names crawlers and libraries, which [`bot`] did not take for bots: no browsers either.
fn browser<'a>(found: &WootheeResult<'a>) -> &'a str {
    if found.name == UNKNOWN || matches!(found.category, "crawler" | "misc") { "" } else { found.name }
}

fn os_family(os: &str) -> &str {
    match os {
        UNKNOWN => "",
        "Windows Phone OS" => "Windows Phone",
        windows if windows.starts_with("Windows") => "Windows",
        "Mac OSX" | "Mac OS Classic" => "macOS",
        "iPhone" | "iPad" | "iPod" => "iOS",
        blackberry if blackberry.starts_with("BlackBerry") => "BlackBerry",
        family => family,
    }
}

/// woothee puts tablets among smartphones. An iPad says that it is one (unless it asks for desktop pages, and
/// then it is counted as what it pretends to be); an Android tablet leaves out `Mobile`
/// (<https://developer.chrome.com/docs/multidevice/user-agent>).
fn device(found: &WootheeResult<'_>, user_agent: &str) -> &'static str {
    match found.category {
        "pc" => "desktop",
        "smartphone" if found.os == "iPad" => "tablet",
        "smartphone" if found.os == "Android" && !user_agent.contains("Mobile") => "tablet",
        "smartphone" | "mobilephone" => "mobile",
        "appliance" => "appliance",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_sorted_into_families() {
        for (user_agent, expected) in [
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
        ] {
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
            let user_agent =
                format!("Mozilla/5.0 (Windows {windows}; rv:127.0) Gecko/20100101 Firefox/127.0");
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
}
