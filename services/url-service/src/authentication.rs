//! Who calls the API: the owner of the API key in the `Authorization` header (RFC 6750, bearer tokens).

use api_key::ApiKey;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::AppState;
use crate::problem::Problem;
use crate::store;

/// What a key may be used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// Reading links.
    LinksRead,
    /// Creating, changing and deleting links.
    LinksWrite,
    /// Reading statistics.
    StatsRead,
}

impl Scope {
    /// Its name in the database and in the API.
    const fn as_str(self) -> &'static str {
        match self {
            Self::LinksRead => "links:read",
            Self::LinksWrite => "links:write",
            Self::StatsRead => "stats:read",
        }
    }
}

/// The authenticated caller.
#[derive(Debug)]
pub(crate) struct Caller {
    account: Uuid,
    scopes: Vec<String>,
}

impl Caller {
    /// The caller's account, if the key has `scope`.
    ///
    /// # Errors
    /// [`Problem::MissingScope`] if it has not.
    pub(crate) fn account_with(&self, scope: Scope) -> Result<Uuid, Problem> {
        if self.scopes.iter().any(|own| own == scope.as_str()) {
            Ok(self.account)
        } else {
            Err(Problem::MissingScope(scope.as_str()))
        }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let key = presented(parts).ok_or_else(|| refuse(app, "no_key"))?;
        let now = app.now();
        let mut connection = app.database.acquire().await?;
        let stored = store::keys::find(&mut connection, key.id(), now).await?;
        // An unknown identifier takes as long as a wrong secret: both hash the secret and compare.
        let (hash, known) =
            stored.as_ref().map_or(([0; 32].as_slice(), false), |key| (key.hash.as_slice(), true));
        if !key.matches(hash) || !known {
            return Err(refuse(app, if known { "wrong_secret" } else { "unknown_key" }));
        }
        let stored = stored.ok_or_else(|| refuse(app, "unknown_key"))?;
        touch(&mut connection, key.id(), now).await;
        Ok(Self { account: stored.account, scopes: stored.scopes })
    }
}

fn presented(parts: &Parts) -> Option<ApiKey> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| ApiKey::parse(key.trim()).ok())?
}

fn refuse(app: &AppState, reason: &'static str) -> Problem {
    app.http_metrics.refuse_authentication(reason);
    tracing::warn!(reason, "refused an API key");
    Problem::Unauthenticated
}

/// That the key was used is worth a line in the database, not a failed request.
async fn touch(connection: &mut sqlx::PgConnection, id: Uuid, now: OffsetDateTime) {
    if let Err(error) = store::keys::touch(connection, id, now).await {
        tracing::warn!(%error, "cannot note the use of an API key");
    }
}
