//! The names that a deployment fixes: identities, roles, resources.

/// The SPIFFE trust domain of the local run.
pub const TRUST_DOMAIN: &str = "zero-trust-eks.local";
/// The AWS account of the local run: the one that `LocalStack` gives to every caller.
pub const ACCOUNT: &str = "000000000000";
/// The AWS region of the local run.
pub const REGION: &str = "eu-central-1";
/// The network that the doors of the gate speak for.
pub const VPC: &str = "vpc-00000000000000001";
/// Its interface endpoints, by the service's name.
pub const VPC_ENDPOINTS: [(&str, &str); 4] = [
    ("kms", "vpce-00000000000000001"),
    ("secretsmanager", "vpce-00000000000000002"),
    ("sqs", "vpce-00000000000000003"),
    ("sts", "vpce-00000000000000004"),
];
/// An interface endpoint in somebody else's network.
pub const ANOTHER_VPC_ENDPOINT: &str = "vpce-000000000000000ff";
/// The Kubernetes namespace of all services.
pub const NAMESPACE: &str = "services";

/// One of the three workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Workload {
    /// The redirect, the API, the publisher of clicks.
    UrlService,
    /// The consumer of clicks.
    Worker,
    /// The migrations: a Job, run once.
    Migrate,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::UrlService, Self::Worker, Self::Migrate];

    /// Its name: of the binary, the service account and the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UrlService => "url-service",
            Self::Worker => "worker",
            Self::Migrate => "migrate",
        }
    }

    /// Its SPIFFE ID (SPIFFE-ID §2).
    #[must_use]
    pub fn spiffe_id(self) -> String {
        format!("spiffe://{TRUST_DOMAIN}/ns/{NAMESPACE}/sa/{}", self.name())
    }

    /// The IAM role that its service account may assume.
    #[must_use]
    pub fn role_arn(self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/zero-trust-eks-{}-irsa", self.name())
    }

    /// The subject of its projected token, as Kubernetes forms it.
    #[must_use]
    pub fn token_subject(self) -> String {
        format!("system:serviceaccount:{NAMESPACE}:{}", self.name())
    }
}

/// The names of the AWS resources. Stacks that share an emulator differ in the suffix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceNames {
    suffix: String,
}

impl ResourceNames {
    /// Names that end in `suffix`; empty for the names of a deployment.
    #[must_use]
    pub fn new(suffix: impl Into<String>) -> Self {
        Self { suffix: suffix.into() }
    }

    /// The queue of clicks.
    #[must_use]
    pub fn click_queue(&self) -> String {
        format!("zero-trust-eks-clicks{}", self.suffix)
    }

    /// Its dead-letter queue.
    #[must_use]
    pub fn dead_letter_queue(&self) -> String {
        format!("zero-trust-eks-clicks-dlq{}", self.suffix)
    }

    /// The alias of the key that encrypts the queues.
    #[must_use]
    pub fn click_key_alias(&self) -> String {
        format!("alias/zero-trust-eks-clicks{}", self.suffix)
    }

    /// The alias of the key that encrypts the secrets.
    #[must_use]
    pub fn secrets_key_alias(&self) -> String {
        format!("alias/zero-trust-eks-secrets{}", self.suffix)
    }

    /// The secret with the login of the database role `migrator`.
    #[must_use]
    pub fn migrate_database_secret(&self) -> String {
        format!("zero-trust-eks/migrate/database{}", self.suffix)
    }

    /// The secret with url-service's database login; `migrate` fills it.
    #[must_use]
    pub fn url_service_database_secret(&self) -> String {
        format!("zero-trust-eks/url-service/database{}", self.suffix)
    }

    /// The secret with the first API key; `migrate` fills it.
    #[must_use]
    pub fn first_api_key_secret(&self) -> String {
        format!("zero-trust-eks/first-api-key{}", self.suffix)
    }
}
