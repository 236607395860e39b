use std::time::Duration;

use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};

use super::*;
use crate::http_client::HttpClient;
use crate::names::Workload;

/// Verifies as a relying party does: discovery, keys, the key that the header names.
async fn verify(issuer: &Issuer, token: &str) -> Result<TokenClaims, String> {
    let client = HttpClient::new();
    let well_known = format!("{}/.well-known/openid-configuration", issuer.url());
    let discovery: Value = client.get(&well_known).await.unwrap().json().unwrap();
    assert_eq!(discovery["issuer"], issuer.url());
    let keys: JwkSet = client.get(discovery["jwks_uri"].as_str().unwrap()).await.unwrap().json().unwrap();

    let header = decode_header(token).map_err(|error| error.to_string())?;
    let key = keys.find(&header.kid.unwrap()).ok_or("no such key")?;
    let mut validation = Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&[TOKEN_AUDIENCE]);
    validation.set_issuer(&[issuer.url()]);
    validation.leeway = 0;
    let key = DecodingKey::from_jwk(key).unwrap();
    decode(token, &key, &validation).map(|token| token.claims).map_err(|error| error.to_string())
}

fn claims(issuer: &Issuer) -> TokenClaims {
    TokenClaims::projected(issuer.url(), Workload::Worker, Duration::from_mins(10))
}

#[tokio::test]
async fn a_projected_token_verifies_through_discovery() {
    let issuer = Issuer::start().await.unwrap();

    let token = issuer.sign(&claims(&issuer)).unwrap();

    let claims = verify(&issuer, &token).await.unwrap();
    assert_eq!(claims.sub, "system:serviceaccount:services:worker");
    assert_eq!(claims.kubernetes.serviceaccount.name, "worker");
    assert_eq!(claims.exp - claims.iat, 600);
}

#[tokio::test]
async fn a_key_that_is_not_published_does_not_verify() {
    let issuer = Issuer::start().await.unwrap();

    let token = issuer.sign_with_unpublished_key(&claims(&issuer)).unwrap();

    assert_eq!(verify(&issuer, &token).await.unwrap_err(), "no such key");
}

#[tokio::test]
async fn an_earlier_key_verifies_until_it_is_retired() {
    let issuer = Issuer::start().await.unwrap();
    let before = issuer.sign(&claims(&issuer)).unwrap();

    issuer.rotate_signing_key().unwrap();
    let after = issuer.sign(&claims(&issuer)).unwrap();
    verify(&issuer, &before).await.unwrap();
    verify(&issuer, &after).await.unwrap();

    issuer.retire_previous_keys();
    assert_eq!(verify(&issuer, &before).await.unwrap_err(), "no such key");
    verify(&issuer, &after).await.unwrap();
}

#[tokio::test]
async fn claims_can_be_forged_for_tests() {
    let issuer = Issuer::start().await.unwrap();
    let mut expired = claims(&issuer);
    expired.exp = expired.iat - 1;
    let mut other_audience = claims(&issuer);
    other_audience.aud = vec!["https://kubernetes.default.svc".to_owned()];

    for forged in [expired, other_audience] {
        let token = issuer.sign(&forged).unwrap();
        verify(&issuer, &token).await.unwrap_err();
    }
}
