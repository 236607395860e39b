//! A gate with the roles of the system, an issuer, and nothing behind it.

mod account;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_gate::{Account, Config, Door, Entry, Gate, Outcome, Sources};
use serde_json::{Value, json};
use stack::Workload;
use stack::issuer::{Issuer, TokenClaims};

use crate::clock::MovableClock;
use crate::wire::{self, Answer};

pub(crate) use account::VPC;

/// Where attacks happen.
pub(crate) struct Arena {
    pub(crate) gate: Gate,
    pub(crate) issuer: Issuer,
    pub(crate) clock: Arc<MovableClock>,
}

/// Temporary credentials as STS answered them.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) token: String,
}

/// The role that attackers want unless a case says otherwise.
pub(crate) const VICTIM: Workload = Workload::Worker;

impl Arena {
    pub(crate) async fn start() -> Self {
        let issuer = Issuer::start().await.unwrap();
        let account = account::with_providers(&[issuer.url()], issuer.url());
        Self::with_account(issuer, account).await
    }

    /// A gate whose account also knows the issuers `others`; the roles trust the first.
    pub(crate) async fn with_other_providers(others: &[&str]) -> Self {
        let issuer = Issuer::start().await.unwrap();
        let providers: Vec<&str> = std::iter::once(issuer.url()).chain(others.iter().copied()).collect();
        let account = account::with_providers(&providers, issuer.url());
        Self::with_account(issuer, account).await
    }

    /// A gate whose roles trust another issuer than the one that the arena signs with.
    pub(crate) async fn trusting(issuer: &str) -> Self {
        let own = Issuer::start().await.unwrap();
        let account = account::with_providers(&[issuer], issuer);
        Self::with_account(own, account).await
    }

    async fn with_account(issuer: Issuer, account: Account) -> Self {
        let clock = Arc::new(MovableClock::default());
        let door = |name: &str, vpc: Option<&str>| Door {
            name: name.to_owned(),
            address: ([127, 0, 0, 1], 0).into(),
            source_vpc: vpc.map(str::to_owned),
            source_vpce: account::endpoints(vpc),
            secure_transport: true,
        };
        let config = Config {
            // Nothing listens there: an attack that comes so far fails in a way that no case expects.
            emulator: "http://127.0.0.1:9".to_owned(),
            doors: vec![
                door("endpoint", Some(VPC)),
                door("other-vpc", Some("vpc-0000000000000000f")),
                door("internet", None),
            ],
            decision_log: None,
            issuers_at: BTreeMap::new(),
            account,
        };
        let sources = Sources { clock: clock.clone(), ..Sources::system().unwrap() };
        Self { gate: Gate::start(config, sources).await.unwrap(), issuer, clock }
    }

    /// The address of a door.
    pub(crate) fn url(&self, door: &str) -> String {
        format!("{}/", self.gate.url(door).unwrap())
    }

    /// The header of a good token.
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "RS256", "kid": self.issuer.key_id().unwrap() })
    }

    /// The claims of a good token of the victim.
    pub(crate) fn claims(&self) -> Value {
        self.claims_of(VICTIM)
    }

    /// The claims of a good token.
    pub(crate) fn claims_of(&self, workload: Workload) -> Value {
        let claims = TokenClaims::projected(self.issuer.url(), workload, Duration::from_mins(10));
        serde_json::to_value(claims).unwrap()
    }

    /// A good token but for one claim, signed by the issuer.
    pub(crate) fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        self.sign(&self.header(), &claims)
    }

    /// A good token without one claim, signed by the issuer.
    pub(crate) fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        self.sign(&self.header(), &claims)
    }

    /// A good token but for one member of its header, signed by the issuer.
    pub(crate) fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.sign(&header, &self.claims())
    }

    /// A good token of the victim.
    pub(crate) fn good_token(&self) -> String {
        self.sign(&self.header(), &self.claims())
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.issuer.sign_text(&header.to_string(), &claims.to_string()).unwrap()
    }

    /// Asks STS for a session of `role` with `token`, through the endpoint.
    pub(crate) async fn assume(&self, role: Workload, token: &str) -> Answer {
        wire::send(wire::form(&self.url("endpoint"), &assume_parameters(role, token))).await
    }

    /// A session that nobody attacks.
    pub(crate) async fn session(&self, workload: Workload) -> Credentials {
        let token = self.sign(&self.header(), &self.claims_of(workload));
        let answer = self.assume(workload, &token).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Credentials {
            key: answer.element("AccessKeyId"),
            secret: answer.element("SecretAccessKey"),
            token: answer.element("SessionToken"),
        }
    }

    /// The one decision about a request.
    pub(crate) fn decision(&self, answer: &Answer) -> Entry {
        let mut entries = self.gate.decisions_about(answer.request_id());
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    /// Asserts that an attack was refused: what the attacker was told, and why.
    pub(crate) fn assert_refused(&self, answer: &Answer, expected: &Refused) {
        let (code, message) = answer.error();
        let entry = self.decision(answer);
        assert_eq!((&*code, &*entry.by), (expected.code, expected.reason), "{message}");
        assert_eq!(answer.status.as_u16(), expected.status, "{code}");
        assert_eq!(entry.decision, Outcome::Deny);
        match expected.message.strip_suffix('…') {
            Some(beginning) => assert!(message.starts_with(beginning), "{message}"),
            None => assert_eq!(message, expected.message),
        }
    }
}

/// What an attacker is told, and what the decision log says.
#[derive(Clone, Copy)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    /// Exact; a last `…` stands for whatever follows.
    pub(crate) message: &'static str,
    pub(crate) reason: &'static str,
}

/// The parameters of a call in form.
pub(crate) fn assume_parameters(role: Workload, token: &str) -> Vec<(String, String)> {
    let pairs = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", &role.role_arn()),
        ("RoleSessionName", "attack"),
        ("WebIdentityToken", token),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}
