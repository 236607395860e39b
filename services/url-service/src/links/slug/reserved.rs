//! Words that no link may be called.

/// In lower case and in byte order, because it is searched by halves.
///
/// Four kinds: paths that the service serves or may come to serve, files that browsers and crawlers ask
/// every host for, words that would lend our name to a stranger's sign-in or payment page, and what a broken
/// client sends in place of a value. Names with a dot are outside a slug's alphabet as well; they are listed
/// so that this table alone says what stays ours.
const RESERVED: &[&str] = &[
    ".well-known",
    "2fa",
    "about",
    "abuse",
    "access",
    "account",
    "accounts",
    "activate",
    "admin",
    "administrator",
    "ads.txt",
    "api",
    "api-docs",
    "api-key",
    "api-keys",
    "apikey",
    "apple-touch-icon.png",
    "asset",
    "assets",
    "audit",
    "auth",
    "authorize",
    "bank",
    "batch",
    "billing",
    "browserconfig.xml",
    "callback",
    "checkout",
    "clicks",
    "config",
    "confirm",
    "connect",
    "console",
    "contact",
    "cookies",
    "crossdomain.xml",
    "csp-report",
    "css",
    "dashboard",
    "debug",
    "delete",
    "dnt-policy.txt",
    "docs",
    "domain",
    "domains",
    "download",
    "edit",
    "email",
    "error",
    "errors",
    "export",
    "false",
    "favicon",
    "favicon.ico",
    "feedback",
    "fonts",
    "forgot-password",
    "graphql",
    "health",
    "healthcheck",
    "healthz",
    "help",
    "home",
    "humans.txt",
    "icons",
    "identity",
    "images",
    "img",
    "import",
    "index",
    "index.html",
    "internal",
    "invite",
    "invoice",
    "javascript",
    "keys",
    "legal",
    "license",
    "links",
    "livez",
    "log-in",
    "log-out",
    "login",
    "logoff",
    "logout",
    "manifest.json",
    "manifest.webmanifest",
    "media",
    "metrics",
    "mfa",
    "nan",
    "new",
    "none",
    "null",
    "oauth",
    "oauth2",
    "oidc",
    "openapi",
    "openapi.json",
    "openapi.yaml",
    "openid",
    "otp",
    "passkey",
    "password",
    "password-reset",
    "pay",
    "payment",
    "payments",
    "ping",
    "policy",
    "postmaster",
    "pprof",
    "preview",
    "privacy",
    "problems",
    "profile",
    "public",
    "qrcode",
    "ready",
    "readyz",
    "recover",
    "recovery",
    "redirect",
    "register",
    "report",
    "reset",
    "reset-password",
    "robots.txt",
    "root",
    "saml",
    "scripts",
    "search",
    "secure",
    "security",
    "security.txt",
    "service-worker.js",
    "session",
    "sessions",
    "settings",
    "setup",
    "sign-in",
    "sign-out",
    "sign-up",
    "signin",
    "signout",
    "signup",
    "sitemap.xml",
    "sso",
    "startupz",
    "static",
    "stats",
    "status",
    "styles",
    "support",
    "sw.js",
    "system",
    "tags",
    "terms",
    "token",
    "tokens",
    "tos",
    "true",
    "two-factor",
    "undefined",
    "unsubscribe",
    "update",
    "upload",
    "user",
    "users",
    "validate",
    "verify",
    "version",
    "wallet",
    "webauthn",
    "webhook",
    "webhooks",
    "well-known",
    "wp-admin",
    "wp-login",
    "wp-login.php",
    "www",
    "xmlrpc.php",
];

/// Whether the word is ours, in any case.
pub(super) fn is_reserved(text: &str) -> bool {
    RESERVED
        .binary_search_by(|word| word.bytes().cmp(text.bytes().map(|byte| byte.to_ascii_lowercase())))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_without_repeats_and_in_lower_case() {
        for pair in RESERVED.windows(2) {
            assert!(pair[0] < pair[1], "{} does not come before {}", pair[0], pair[1]);
        }
        for word in RESERVED {
            assert_eq!(*word, word.to_ascii_lowercase());
        }
    }

    #[test]
    fn every_word_is_found_in_any_case() {
        for word in RESERVED {
            assert!(is_reserved(word), "{word}");
            assert!(is_reserved(&word.to_ascii_uppercase()), "{word}");
        }
    }

    #[test]
    fn what_the_service_serves_is_ours() {
        for word in ["api", "admin", "livez", "readyz", "metrics", "static", "assets", "favicon.ico"] {
            assert!(is_reserved(word), "{word}");
        }
        for word in ["robots.txt", ".well-known", "internal", "login", "health", "LOGIN", "Api"] {
            assert!(is_reserved(word), "{word}");
        }
    }

    #[test]
    fn neighbours_are_free() {
        for word in ["", "apis", "ap", "api-v1", "my-login", "adm1n", "statics", "éapi", "zzz"] {
            assert!(!is_reserved(word), "{word}");
        }
    }
}
