//! The projected token, looked at from the outside: when it was issued and when it ends.
//!
//! Whether it is a good one is for STS to say. Its times are read here because a kubelet that has stopped
//! renewing it is noticed by nobody else until a renewal of the AWS credentials fails, up to an hour later.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runtime::health::{Check, Weight};
use runtime::{Clock, ServiceContext};
use serde::Deserialize;

use crate::life::{self, Life};

/// How often the file is looked at for readiness; metrics look at it when they are read.
const LOOK: Duration = Duration::from_secs(5);

/// Publishes the life of the token in `file` and returns what watches it, to be spawned.
pub(super) fn watch(file: PathBuf, context: &ServiceContext) -> impl Future<Output = ()> + Send + use<> {
    let read = file.clone();
    life::register(context, "projected_token", true, move || life_of(&read));
    let check = context.health.check("projected_token", Weight::Informational);
    let clock = Arc::clone(&context.clock);
    async move {
        loop {
            look(&file, clock.as_ref(), &check);
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn look(file: &Path, clock: &dyn Clock, check: &Check) {
    let life = life_of(file);
    if life.ends.is_none() {
        check.down("there is no token that could be read");
    } else if life.is_over(clock) {
        check.down("the token has expired and was not renewed");
    } else {
        check.up();
    }
}

/// The times in the claims `iat` and `exp` (RFC 7519, section 4.1). The signature is not looked at.
fn life_of(file: &Path) -> Life {
    let claims = std::fs::read_to_string(file).ok().and_then(|token| claims(&token)).unwrap_or_default();
    Life { began: claims.iat.map(Duration::from_secs), ends: claims.exp.map(Duration::from_secs) }
}

#[derive(Default, Deserialize)]
struct Claims {
    iat: Option<u64>,
    exp: Option<u64>,
}

fn claims(token: &str) -> Option<Claims> {
    let payload = URL_SAFE_NO_PAD.decode(token.trim().split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::{At, context};

    fn token(claims: &str) -> String {
        format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_times_are_those_of_the_claims() {
        let claims = claims(&token(r#"{"iat":100,"exp":200,"sub":"x"}"#)).unwrap();
        assert_eq!((claims.iat, claims.exp), (Some(100), Some(200)));
    }

    #[test]
    fn what_is_no_token_has_no_times() {
        for text in ["", "a.b.c", "x", &token("[]"), &token(r#"{"exp":"soon"}"#)] {
            assert!(claims(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_that_was_not_renewed_is_named() {
        let file = std::env::temp_dir().join(format!("projected-token-{}", std::process::id()));
        for (text, now, says) in [
            (token(r#"{"exp":200}"#), 199, "up"),
            (token(r#"{"exp":200}"#), 200, "expired"),
            ("nonsense".to_owned(), 0, "no token"),
        ] {
            std::fs::write(&file, text).unwrap();
            let context = context(At(now));
            let check = context.health.check("projected_token", Weight::Informational);
            look(&file, context.clock.as_ref(), &check);
            let report = serde_json::to_string(&context.health.ready()).unwrap();
            assert!(report.contains(says), "{says}: {report}");
        }
        std::fs::remove_file(&file).unwrap();
    }
}
