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
mod tests;
