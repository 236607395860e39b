//! SLSA provenance, version 1 (<https://slsa.dev/spec/v1.2/build-provenance>): who built an image, from what, how.
//!
//! In the pipeline the platform attests it. What is made here is the same statement by a builder that names itself
//! local, which no policy for production accepts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::image::sha256;
use crate::lock::{self, Package};
use crate::shell::run;
use crate::{SupplyChainError, repository};

/// The builder of a developer's machine. The name cannot be owned (RFC 2606).
pub const LOCAL_BUILDER: &str = "https://builder.invalid/local";
/// The repository of a developer's machine.
pub const LOCAL_SOURCE: &str = "https://source.invalid/zero-trust-eks";
/// How the build is parametrised: as GitHub's attestations say it.
const BUILD_TYPE: &str = "https://actions.github.io/buildtypes/workflow/v1";
const C_LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/libc.a";

/// What was built where.
#[derive(Clone, Debug)]
pub struct Build {
    /// The image.
    pub service: String,
    /// Who built it.
    pub builder: String,
    /// The URL of the repository.
    pub repository: String,
    /// The branch, `refs/heads/…`.
    pub reference: String,
    /// The file that says how.
    pub path: String,
    /// The commit.
    pub revision: String,
}

impl Build {
    /// A build of this repository on this machine, by `services/images/build`.
    #[must_use]
    pub fn local(service: &str, revision: &str) -> Self {
        Self {
            service: service.to_owned(),
            builder: LOCAL_BUILDER.to_owned(),
            repository: LOCAL_SOURCE.to_owned(),
            reference: "refs/heads/main".to_owned(),
            path: "services/images/build".to_owned(),
            revision: revision.to_owned(),
        }
    }

    /// The predicate of the statement. cosign adds the subject: the digest of the image.
    ///
    /// # Errors
    ///
    /// When a material cannot be read.
    pub fn predicate(&self) -> Result<Value, SupplyChainError> {
        let source = json!({
            "uri": format!("git+{}@{}", self.repository, self.reference),
            "digest": { "gitCommit": self.revision },
        });
        let mut materials = vec![source];
        materials.extend(lock::resolved(&self.service)?.iter().filter_map(material));
        materials.extend(tools()?);
        let workflow = json!({ "repository": self.repository, "ref": self.reference, "path": self.path });
        Ok(json!({
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": { "workflow": workflow },
                "internalParameters": { "target": self.service, "profile": "release", "platform": lock::TARGET },
                "resolvedDependencies": materials,
            },
            "runDetails": { "builder": { "id": self.builder } },
        }))
    }
}

/// <https://github.com/package-url/purl-spec/blob/main/types-doc/cargo-definition.md>
fn material(package: &Package) -> Option<Value> {
    let checksum = package.checksum.as_ref()?;
    let uri = format!("pkg:cargo/{}@{}", package.name, package.version);
    Some(json!({ "uri": uri, "digest": { "sha256": checksum } }))
}

/// What turns the source into the program: compilers, the C library, cargo-auditable.
fn tools() -> Result<Vec<Value>, SupplyChainError> {
    let print = |what: [&str; 2]| run(Command::new("rustc").current_dir(repository()).args(what));
    let sysroot = PathBuf::from(print(["--print", "sysroot"])?.trim());
    let version = print(["--version", "--verbose"])?;
    let release = version.lines().find_map(|line| line.strip_prefix("release: ")).unwrap_or_default();
    let cc = run(Command::new("cc").arg("-dumpfullversion"))?;
    let auditable = repository().join(".cache/images/bin/cargo-auditable");
    let mut tools = vec![
        (format!("pkg:generic/rustc@{release}"), driver(&sysroot.join("lib"))?),
        (format!("pkg:generic/gcc@{}", cc.trim()), PathBuf::from("/usr/bin/cc")),
        ("pkg:generic/libc.a".to_owned(), PathBuf::from(C_LIBRARY)),
    ];
    if auditable.exists() {
        tools.push(("pkg:cargo/cargo-auditable".to_owned(), auditable));
    }
    tools.into_iter().map(|(uri, path)| file(&uri, &path)).collect()
}

/// rustc itself is a few lines that load the compiler.
fn driver(folder: &Path) -> Result<PathBuf, SupplyChainError> {
    let entries = fs::read_dir(folder).map_err(SupplyChainError::file("read", folder))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("librustc_driver-"))
    };
    paths.find(named).ok_or_else(|| SupplyChainError::Document {
        what: folder.display().to_string(),
        found: "no compiler".to_owned(),
    })
}

fn file(uri: &str, path: &Path) -> Result<Value, SupplyChainError> {
    let bytes = fs::read(path).map_err(SupplyChainError::file("read", path))?;
    let digest = sha256(&bytes);
    Ok(json!({ "uri": uri, "digest": { "sha256": digest.trim_start_matches("sha256:") } }))
}
