//! What a running container holds: looked at through `/proc`, from outside.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::context::{Context, NAMESPACE, Pod, TestResult};
use crate::irsa::claims;

const TOKEN: &str = "var/run/secrets/eks.amazonaws.com/serviceaccount/token";
const SERVICES: [&str; 2] = ["url-service", "worker"];

fn root(pod: &Pod) -> PathBuf {
    PathBuf::from(format!("/proc/{}/root", pod.process))
}

/// The paths below a directory, without those that the kernel makes up.
fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let kernel = ["proc", "sys", "dev"].iter().any(|name| path == root.join(name));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !kernel => folders.push(path),
                Ok(kind) if !kind.is_dir() => found.push(path),
                _ => {}
            }
        }
    }
    found
}

pub(crate) fn a_pod_holds_one_token_and_it_is_short_lived(context: &Context) -> TestResult {
    for service in SERVICES {
        let pod = context.pod(NAMESPACE, service);
        let root = root(&pod);
        let named: Vec<_> = files(&root).into_iter().filter(|path| path.ends_with("token")).collect();
        // A projected token has two names: the file, and a link to it for the reader.
        let tokens: BTreeSet<_> = named
            .iter()
            .filter_map(|path| fs::metadata(path).ok().map(|data| (data.dev(), data.ino())))
            .collect();
        assert_eq!(tokens.len(), 1, "{service}: {named:?}");
        assert!(
            !root.join("var/run/secrets/kubernetes.io").exists(),
            "{service} has a token of the API server"
        );
        let path = root.join(TOKEN);
        let metadata = fs::metadata(&path)?;
        assert_eq!(
            (metadata.gid(), metadata.mode() & 0o007),
            (65532, 0),
            "{service}: others may read the token"
        );
        let claims = claims(fs::read_to_string(&path)?.trim())?;
        assert_eq!(claims["iss"], context.cluster().plan().issuer());
        assert_eq!(claims["aud"], serde_json::json!(["sts.amazonaws.com"]));
        assert_eq!(claims["sub"], format!("system:serviceaccount:{NAMESPACE}:{service}"));
        assert_eq!(claims["kubernetes.io"]["pod"]["name"], pod.name.as_str());
        let life = claims["exp"].as_u64().zip(claims["iat"].as_u64()).map(|(end, begin)| end - begin);
        assert!(life.is_some_and(|life| life <= 3_607), "{service}: {life:?} s");
    }
    Ok(())
}

pub(crate) fn a_container_holds_its_program_and_nothing_to_write_to(context: &Context) -> TestResult {
    for service in SERVICES {
        let pod = context.pod(NAMESPACE, service);
        let root = root(&pod);
        let programs: Vec<_> = files(&root)
            .into_iter()
            .filter(|path| fs::metadata(path).is_ok_and(|data| data.is_file() && data.mode() & 0o111 != 0))
            .collect();
        assert_eq!(programs, [root.join(service)], "{service}: programs");
        let mounts = fs::read_to_string(format!("/proc/{}/mountinfo", pod.process))?;
        let writable: Vec<_> =
            mounts.lines().filter(|line| is_writable(line)).filter_map(mount_point).collect();
        let expected: &[&str] = if service == "url-service" { &["/var/spool/clicks"] } else { &[] };
        assert_eq!(writable, expected, "{service}: writable mounts");
        let status = fs::read_to_string(format!("/proc/{}/status", pod.process))?;
        for line in [
            "Uid:\t65532\t65532\t65532\t65532",
            "CapEff:\t0000000000000000",
            "CapBnd:\t0000000000000000",
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
        ] {
            assert!(status.contains(line), "{service}: not {line}");
        }
    }
    Ok(())
}

fn mount_point(line: &str) -> Option<&str> {
    line.split(' ').nth(4)
}

/// Whether a line of mountinfo (proc(5)) is of a mount that the process could write to; the kernel's own do not count,
/// nor does what the kubelet bind-mounts and the process's user may not write to.
fn is_writable(line: &str) -> bool {
    let point = mount_point(line).unwrap_or_default();
    let options = line.split(' ').nth(5).unwrap_or_default();
    let kernel = ["/proc", "/sys", "/dev"]
        .iter()
        .any(|kernel| point == *kernel || point.starts_with(&format!("{kernel}/")));
    let files = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].contains(&point);
    !kernel && !files && options.split(',').any(|option| option == "rw")
}

/// The same names as in the manifest and from AWS's webhook, and nothing of the cluster's services.
pub(crate) fn a_pod_has_the_variables_of_its_manifest_and_of_the_webhook(context: &Context) -> TestResult {
    // The container runtime adds the first three, and Kubernetes those of its own API, whatever a pod says.
    let added = ["HOME", "PATH", "HOSTNAME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"];
    let webhook = [
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ROLE_ARN",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ];
    for service in SERVICES {
        let pod = context.pod(NAMESPACE, service);
        let environment = fs::read(format!("/proc/{}/environ", pod.process))?;
        let text = String::from_utf8(environment)?;
        let found: BTreeSet<_> =
            text.split('\0').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect();
        let found: BTreeSet<_> = found
            .into_iter()
            .filter(|name| !added.contains(name) && !name.starts_with("KUBERNETES_"))
            .collect();
        let deployment = context.kubectl().get(&["deployment", service, "-n", NAMESPACE])?;
        let variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap();
        let named: BTreeSet<_> =
            variables.iter().filter_map(|variable| variable["name"].as_str()).chain(webhook).collect();
        assert_eq!(found, named, "{service}");
    }
    let pod = context.pod(NAMESPACE, "worker").object;
    let volumes = pod["spec"]["volumes"].as_array().unwrap();
    let projected: Vec<_> = volumes.iter().filter(|volume| !volume["projected"].is_null()).collect();
    assert_eq!(projected.len(), 1);
    assert_eq!(
        projected[0]["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"],
        Value::from(3_600)
    );
    Ok(())
}
