//! Which visitors are programs.
//!
//! A bot is redirected like anybody else, counted apart, and never uses up a link's visit limit. The rule is
//! deliberately plain: whoever wants to pass for a person can, and whoever says that it is a program is
//! believed.

/// Parts of a user agent, in lower case, that only programs have.
const MARKS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "headless",
    "facebookexternalhit",
    "whatsapp",
    "embedly",
    "curl/",
    "wget/",
    "python",
    "java/",
    "okhttp",
    "go-http-client",
    "axios/",
    "node-fetch",
    "undici",
    "libwww",
    "httpclient",
    "scrapy",
    "ruby",
    "perl",
    "php/",
    "postman",
    "insomnia",
    "lighthouse",
    "monitor",
    "uptime",
    "pingdom",
    "feedfetcher",
    "mediapartners",
    "archiver",
    "http://",
    "https://",
];

/// Whether `user_agent` belongs to a program. An absent user agent (an empty one) does: browsers send theirs.
#[must_use]
pub fn is_bot(user_agent: &str) -> bool {
    let user_agent = user_agent.to_ascii_lowercase();
    user_agent.trim().is_empty() || MARKS.iter().any(|mark| user_agent.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::is_bot;

    #[test]
    fn programs_are_bots() {
        for user_agent in [
            "",
            " ",
            "curl/8.5.0",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "WhatsApp/2.23.20.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36",
            "python-requests/2.31.0",
            "Go-http-client/2.0",
        ] {
            assert!(is_bot(user_agent), "{user_agent:?}");
        }
    }

    #[test]
    fn browsers_are_not() {
        for user_agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        ] {
            assert!(!is_bot(user_agent), "{user_agent:?}");
        }
    }
}
