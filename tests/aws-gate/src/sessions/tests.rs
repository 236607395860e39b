use rand::SeedableRng as _;
use rand::rngs::StdRng;
use secrecy::ExposeSecret as _;

use super::*;

const NOW: OffsetDateTime = time::macros::datetime!(2026-05-01 12:00 UTC);

fn random() -> Random {
    Random::new(StdRng::seed_from_u64(7))
}

fn caller(role: &str) -> Caller {
    Caller {
        account: "000000000000".to_owned(),
        role_arn: format!("arn:aws:iam::000000000000:role/{role}"),
        session_arn: format!("arn:aws:sts::000000000000:assumed-role/{role}/session"),
        user_id: "AROAEXAMPLE:session".to_owned(),
        provider_arn: "arn:aws:iam::000000000000:oidc-provider/issuer.example".to_owned(),
        session_policy: None,
    }
}

#[test]
fn credentials_have_the_form_of_aws() {
    let credentials = Sessions::default().open(&random(), caller("a"), NOW, Duration::hours(1));

    assert!(credentials.access_key_id.starts_with("ASIA"));
    assert_eq!(credentials.access_key_id.len(), 20);
    assert_eq!(credentials.secret_access_key.expose_secret().len(), 40);
    assert_eq!(credentials.session_token.expose_secret().len(), 128);
    assert_eq!(credentials.expires_at, NOW + Duration::hours(1));
}

#[test]
fn only_the_sessions_own_token_opens_it() {
    let (sessions, random) = (Sessions::default(), random());
    let one = sessions.open(&random, caller("a"), NOW, Duration::hours(1));
    let other = sessions.open(&random, caller("b"), NOW, Duration::hours(1));
    let find =
        |key: &str, token| sessions.find(key, token, NOW).map(|session| session.caller.role_arn.clone());

    let right = find(&one.access_key_id, Some(one.session_token.expose_secret()));
    assert_eq!(right.unwrap(), "arn:aws:iam::000000000000:role/a");
    let foreign = find(&one.access_key_id, Some(other.session_token.expose_secret()));
    assert_eq!(foreign.unwrap_err(), Unusable::ForeignToken);
    assert_eq!(find(&one.access_key_id, None).unwrap_err(), Unusable::ForeignToken);
    assert_eq!(find("test", None).unwrap_err(), Unusable::UnknownKey);
}

#[test]
fn a_session_ends_at_its_time_and_is_forgotten_later() {
    let (sessions, random) = (Sessions::default(), random());
    let session = sessions.open(&random, caller("a"), NOW, Duration::minutes(15));
    let find = |now| {
        sessions.find(&session.access_key_id, Some(session.session_token.expose_secret()), now).map(drop)
    };

    let end = NOW + Duration::minutes(15);
    assert_eq!(find(end - Duration::seconds(1)), Ok(()));
    assert_eq!(find(end), Err(Unusable::Expired));
    sessions.open(&random, caller("b"), end + REMEMBERED, Duration::minutes(15));
    assert_eq!(find(end), Err(Unusable::UnknownKey));
}

#[test]
fn revocation_ends_the_sessions_of_one_role() {
    let (sessions, random) = (Sessions::default(), random());
    let open = |role| {
        let credentials = sessions.open(&random, caller(role), NOW, Duration::hours(1));
        (credentials.access_key_id, credentials.session_token)
    };
    let (ended, lives) = (open("a"), open("b"));

    sessions.revoke("arn:aws:iam::000000000000:role/a");

    let find = |(key, token): &(String, SecretString)| {
        sessions.find(key, Some(token.expose_secret()), NOW).map(drop)
    };
    assert_eq!(find(&ended), Err(Unusable::Revoked));
    assert_eq!(find(&lives), Ok(()));
    assert_eq!(find(&open("a")), Ok(()));
}
