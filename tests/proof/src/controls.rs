//! The controls as they are written down in `docs/controls.toml`.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use trust_map::repository;

/// Everything that the proof claims.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Controls {
    /// What the reader has to know first.
    pub(crate) introduction: String,
    /// The claims, by subject.
    #[serde(rename = "section")]
    pub(crate) sections: Vec<Section>,
    /// How the cluster here differs from EKS.
    #[serde(rename = "difference")]
    pub(crate) differences: Vec<Difference>,
    /// What is not verified, and why.
    #[serde(rename = "unverified")]
    pub(crate) unverified: Vec<Unverified>,
}

/// Claims about one subject.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    /// The subject.
    pub(crate) title: String,
    /// Its claims.
    #[serde(rename = "control")]
    pub(crate) controls: Vec<Control>,
}

/// One claim and the tests that prove it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    /// What holds.
    pub(crate) claim: String,
    /// Where it was seen.
    pub(crate) tier: Tier,
    /// Tests by full name; a `*` at the end stands for any ending. Each must match a test that passed.
    pub(crate) tests: Vec<String>,
    /// What the tests do and do not show.
    #[serde(default)]
    pub(crate) shows: String,
    /// The command that runs the tests, where `make test` does not.
    pub(crate) by: Option<String>,
}

/// Where a claim is proven.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    /// Functions without a network.
    Unit,
    /// Running processes on this machine.
    Stack,
    /// A real Kubernetes on this machine.
    Cluster,
    /// Terraform's plan, evaluated policies, an emulated account.
    Plan,
    /// The build.
    Build,
}

impl Tier {
    /// Its name in the document.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Stack => "stack",
            Self::Cluster => "cluster",
            Self::Plan => "plan",
            Self::Build => "build",
        }
    }
}

/// One way in which the cluster on this machine differs from EKS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    /// What there is here.
    pub(crate) here: String,
    /// What there is on EKS.
    pub(crate) eks: String,
    /// What remains to be seen there.
    pub(crate) open: String,
}

/// Something that no run here shows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unverified {
    /// What.
    pub(crate) what: String,
    /// Why not, and what would.
    pub(crate) why: String,
}

/// Why there are no controls to check.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProofError {
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} does not have the form of a list of controls: {source}", path = path.display())]
    Form { path: PathBuf, source: toml::de::Error },
}

impl Controls {
    /// Reads the repository's list.
    pub(crate) fn load() -> Result<Self, ProofError> {
        let path = repository().join("docs/controls.toml");
        let text =
            fs::read_to_string(&path).map_err(|source| ProofError::File { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|source| ProofError::Form { path, source })
    }

    /// All claims.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Control> {
        self.sections.iter().flat_map(|section| &section.controls)
    }
}
