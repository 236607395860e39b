//! A platform of its own, with a session for every workload of the trust map.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_gate::Account;
use stack::issuer::TokenClaims;
use stack::names::ACCOUNT;
use stack::{Platform, Progress, StackOptions, Workload, account};
use trust_map::TrustMap;

use crate::arena::Credentials;
use crate::wire;

pub(crate) struct Scene {
    pub(crate) map: TrustMap,
    pub(crate) platform: Platform,
    /// The ARNs of the map's resources, by their names.
    pub(crate) arns: BTreeMap<String, String>,
    /// A session of every workload.
    pub(crate) sessions: BTreeMap<String, Credentials>,
    /// A token of every workload.
    pub(crate) tokens: BTreeMap<String, String>,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let map = TrustMap::load().expect("the trust map");
        let platform = Platform::start(&StackOptions::for_tests(), &Progress::silent()).await.unwrap();
        let Account { resources, .. } = platform.gate().account();
        // The account lists its resources in the order of the map.
        let arns = map.resources.keys().cloned().zip(resources.into_iter().map(|resource| resource.arn));
        let (arns, sessions, tokens) = (arns.collect(), BTreeMap::new(), BTreeMap::new());
        let mut scene = Self { map, platform, arns, sessions, tokens };
        for workload in scene.map.workloads.clone() {
            let token = scene.token(&workload);
            let session = scene.session(&workload, &token).await;
            scene.sessions.insert(workload.name.clone(), session);
            scene.tokens.insert(workload.name, token);
        }
        scene
    }

    pub(crate) async fn stop(self) {
        self.platform.stop().await.unwrap();
    }

    fn token(&self, workload: &trust_map::Workload) -> String {
        let issuer = self.platform.issuer();
        let mut claims = TokenClaims::projected(issuer.url(), Workload::Worker, Duration::from_hours(1));
        claims.sub = workload.token_subject();
        issuer.sign(&claims).unwrap()
    }

    async fn session(&self, workload: &trust_map::Workload, token: &str) -> Credentials {
        let parameters = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", &role_arn(&workload.role)),
            ("RoleSessionName", "attacks"),
            ("WebIdentityToken", token),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let endpoint = self.platform.door(account::ENDPOINT).unwrap();
        let answer = wire::send(wire::form(&format!("{endpoint}/"), &parameters)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Credentials {
            key: answer.element("AccessKeyId"),
            secret: answer.element("SecretAccessKey"),
            token: answer.element("SessionToken"),
        }
    }
}

pub(crate) fn role_arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}
