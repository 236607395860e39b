//! The trust map, `docs/trust-map.toml`, as types: every identity of the system and every edge between them.
//!
//! Nothing is generated from it. Tests compare it with the code, the policies, the local run, the manifests and
//! Terraform, so that a difference in either direction is a failure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize;

/// The whole map.
#[derive(Debug, Clone, Deserialize)]
pub struct TrustMap {
    /// The SPIFFE trust domain of the local run.
    pub trust_domain: String,
    /// The only audience of a projected token that STS takes.
    pub audience: String,
    /// The resources, by the names that policies' placeholders begin with.
    #[serde(rename = "resource")]
    pub resources: BTreeMap<String, Resource>,
    /// The service accounts with a role.
    #[serde(rename = "workload")]
    pub workloads: Vec<Workload>,
    /// Resources that exist in the cloud only.
    #[serde(rename = "platform_resource", default)]
    pub platform_resources: BTreeMap<String, PlatformResource>,
    /// Principals that exist in the cloud only.
    #[serde(rename = "platform", default)]
    pub platform: Vec<Platform>,
    /// Who opens a connection to whom.
    #[serde(rename = "edge")]
    pub edges: Vec<Edge>,
}

/// What a policy protects.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Service and type, `sqs:queue`.
    pub kind: String,
    /// The key that encrypts it.
    pub key: Option<String>,
    /// Its resource policy: a template, relative to the repository.
    pub policy: PathBuf,
    /// The workloads that may read its value, for a secret.
    #[serde(default)]
    pub readers: Vec<String>,
    /// The workloads that may write its value, for a secret.
    #[serde(default)]
    pub writers: Vec<String>,
}

/// A resource that exists in the cloud only.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformResource {
    /// Service and type, `ecr:repository`.
    pub kind: String,
    /// Its resource policy, if it has one: a template, relative to the repository.
    pub policy: Option<PathBuf>,
    /// The principals that may push images, for a repository.
    #[serde(default)]
    pub pushers: Vec<String>,
    /// The principals that may pull images, for a repository.
    #[serde(default)]
    pub pullers: Vec<String>,
}

/// A principal that exists in the cloud only: a controller, a function, the pipeline, the nodes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Its name, as in its role.
    pub name: String,
    /// Who may assume the role: `irsa`, `lambda`, `ec2` or `github`.
    pub trusted: String,
    /// The Kubernetes namespace, with `irsa`.
    pub namespace: Option<String>,
    /// The Kubernetes service account, with `irsa`.
    pub service_account: Option<String>,
    /// The name of its IAM role.
    pub role: String,
    /// Its identity policy: a template, relative to the repository.
    pub policy: PathBuf,
    /// The ceiling of its role.
    pub boundary: String,
    /// All that its role may do.
    pub allow: Vec<AllowedGroup>,
}

/// Actions on something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedGroup {
    /// The IAM actions.
    pub actions: Vec<String>,
    /// A resource of the map, or `*` for actions that AWS ties to no resource.
    pub on: String,
    /// The condition key that narrows them.
    pub when: Option<String>,
}

/// One service account with one role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Its name everywhere.
    pub name: String,
    /// The Kubernetes namespace.
    pub namespace: String,
    /// The Kubernetes service account.
    pub service_account: String,
    /// The name of its IAM role.
    pub role: String,
    /// Its identity policy: a template, relative to the repository.
    pub policy: PathBuf,
    /// Whether it has an X.509 SVID.
    pub spiffe: bool,
    /// Its database role, if it may connect to the database.
    pub database_role: Option<String>,
    /// All that its role may do.
    pub allow: Vec<Allowed>,
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The IAM action, `sqs:SendMessage`.
    pub action: String,
    /// The resource's name in the map.
    pub on: String,
    /// The service through which alone it is allowed, for a key.
    pub via: Option<String>,
}

/// A connection that exists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Who opens it.
    pub from: String,
    /// Who accepts it.
    pub to: String,
    /// Which listener of a workload.
    pub listener: Option<String>,
    /// The TCP port.
    pub port: u16,
    /// How the caller shows who it is.
    pub proves: String,
    /// What decides.
    pub allows: String,
    /// The only routes, `METHOD /path`, where a listener has so few.
    #[serde(default)]
    pub routes: Vec<String>,
}

/// Why there is no map.
#[derive(Debug, thiserror::Error)]
pub enum TrustMapError {
    /// The file cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file does not have the form of a trust map.
    #[error("{path} is not a trust map", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: toml::de::Error,
    },
}

/// The repository's root, to which the map's paths are relative. `REPOSITORY` names another one: a copy in which a
/// guard was taken away.
#[must_use]
pub fn repository() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        std::env::var_os("REPOSITORY").map_or_else(own, PathBuf::from)
    });
    &ROOT
}

impl TrustMap {
    /// Reads the repository's map.
    ///
    /// # Errors
    ///
    /// When the file is missing or malformed.
    pub fn load() -> Result<Self, TrustMapError> {
        let path = repository().join("docs/trust-map.toml");
        let text = std::fs::read_to_string(&path)
            .map_err(|source| TrustMapError::Read { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|source| TrustMapError::Form { path, source })
    }

    /// The workload of this name.
    #[must_use]
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// The name of the role of a workload or of a principal of the platform.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&str> {
        let platform = self.platform.iter().find(|principal| principal.name == name);
        let platform = platform.map(|principal| principal.role.as_str());
        self.workload(name).map(|workload| workload.role.as_str()).or(platform)
    }

    /// The edges that `from` opens.
    pub fn edges_from(&self, from: &str) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |edge| edge.from == from)
    }
}

impl Workload {
    /// Its SPIFFE ID (SPIFFE-ID §2) in a trust domain, if it has one.
    #[must_use]
    pub fn spiffe_id(&self, trust_domain: &str) -> Option<String> {
        let Self { namespace, service_account, .. } = self;
        self.spiffe.then(|| format!("spiffe://{trust_domain}/ns/{namespace}/sa/{service_account}"))
    }

    /// The subject of its projected token.
    #[must_use]
    pub fn token_subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.service_account)
    }
}
