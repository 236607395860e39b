//! The environment of IRSA, as AWS's pod identity webhook injects it, and what must not be beside it.

use std::fs;
use std::path::{Path, PathBuf};

use runtime::settings::Reader;

/// Where a role comes from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The AWS region.
    pub region: String,
    /// The role to assume.
    pub role_arn: String,
    /// The projected token, read anew at every renewal because the kubelet replaces it.
    pub token_file: PathBuf,
    /// The session's name, which CloudTrail shows.
    pub session_name: String,
}

/// Other sources of credentials, each with what it would do if it were honoured.
const OTHER_SOURCES: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "static keys are refused; credentials come from the projected token only"),
    ("AWS_SECRET_ACCESS_KEY", "static keys are refused; credentials come from the projected token only"),
    ("AWS_SESSION_TOKEN", "static keys are refused; credentials come from the projected token only"),
    ("AWS_PROFILE", "a profile could replace the role"),
    ("AWS_DEFAULT_PROFILE", "a profile could replace the role"),
    ("AWS_SHARED_CREDENTIALS_FILE", "a credentials file could replace the role"),
    ("AWS_CONFIG_FILE", "a profile could replace the role"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "container credentials could replace the role"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "container credentials could replace the role"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container credentials could replace the role"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "container credentials could replace the role"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "the node's role could replace the role"),
];

/// Files that the SDK would read credentials from if they existed.
const OTHER_FILES: &[&str] = &[".aws/credentials", ".aws/config"];

impl Settings {
    /// Reads `AWS_REGION`, `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_SESSION_NAME` (default:
    /// `service`), `AWS_ENDPOINT_URL` and its service-specific forms, and refuses every other source.
    pub fn read(reader: &mut Reader, service: &'static str) -> Option<Self> {
        for (variable, why) in OTHER_SOURCES {
            reader.refuse(variable, why);
        }
        refuse_files(reader);
        for suffix in ["", "_STS", "_SQS", "_SECRETS_MANAGER"] {
            check_endpoint(reader, &format!("AWS_ENDPOINT_URL{suffix}"));
        }
        let region: Option<String> = reader.required("AWS_REGION");
        let role_arn: Option<String> = reader.required("AWS_ROLE_ARN");
        let role_arn = role_arn.filter(|arn| check_role(reader, arn));
        let token_file: Option<PathBuf> = reader.required("AWS_WEB_IDENTITY_TOKEN_FILE");
        let token_file = token_file.filter(|file| check_token(reader, file));
        let session_name: String = reader.or_default("AWS_ROLE_SESSION_NAME", service.to_owned());
        if !is_session_name(&session_name) {
            reader.fault("AWS_ROLE_SESSION_NAME", "must be 2 to 64 letters, digits or any of +=,.@-_");
        }
        Some(Self { region: region?, role_arn: role_arn?, token_file: token_file?, session_name })
    }
}

fn refuse_files(reader: &mut Reader) {
    let Some(home) = reader.optional::<PathBuf>("HOME") else { return };
    for file in OTHER_FILES {
        if home.join(file).exists() {
            reader.fault("HOME", format!("holds {file}, which could replace the role; remove it"));
        }
    }
}

/// `arn:aws:iam::<12 digits>:role/<name>`, in any AWS partition.
fn check_role(reader: &mut Reader, arn: &str) -> bool {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let well_formed = matches!(fields.as_slice(), ["arn", partition, "iam", "", account, resource]
        if partition.starts_with("aws")
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()));
    if !well_formed {
        reader.fault("AWS_ROLE_ARN", "is not the ARN of an IAM role");
    }
    well_formed
}

/// The token must be there and look like a JWT now; that it is a *good* one is for STS to say.
fn check_token(reader: &mut Reader, file: &Path) -> bool {
    let fault = match fs::read_to_string(file) {
        Err(error) => Some(format!("cannot read the projected token: {}", error.kind())),
        Ok(token) if token.trim().split('.').filter(|part| !part.is_empty()).count() != 3 => {
            Some("the file does not hold a JSON Web Token".to_owned())
        }
        Ok(_) => None,
    };
    let good = fault.is_none();
    if let Some(fault) = fault {
        reader.fault("AWS_WEB_IDENTITY_TOKEN_FILE", fault);
    }
    good
}

/// Signed requests prove who sent them but hide nothing: a secret's value would cross the network in clear.
fn check_endpoint(reader: &mut Reader, variable: &str) {
    let Some(endpoint) = reader.optional::<http::Uri>(variable) else { return };
    let loopback = endpoint
        .host()
        .and_then(|host| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok())
        .is_some_and(|address| address.is_loopback());
    let safe = match endpoint.scheme_str() {
        Some("https") => true,
        Some("http") => loopback,
        _ => false,
    };
    if !safe {
        reader.fault(variable, "must be https, or http to a loopback address");
    }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ROLE_ARN", "arn:aws:iam::000000000000:role/zero-trust-eks-worker-irsa"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null"),
    ];

    fn faults<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
        let mut reader = Reader::from_pairs(pairs);
        let settings = Settings::read(&mut reader, "worker");
        reader.finish(settings).map(drop).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_environment_names_everything_that_is_missing() {
        let faults = faults([]);
        assert_eq!(faults.len(), 3, "{faults:?}");
    }

    #[test]
    fn a_token_file_that_holds_no_token_is_refused() {
        assert!(faults(GOOD).iter().any(|fault| fault.contains("JSON Web Token")));
    }

    #[test]
    fn every_other_source_of_credentials_is_refused_by_name() {
        for (variable, _) in OTHER_SOURCES {
            let faults = faults(GOOD.into_iter().chain([(*variable, "anything")]));
            assert!(faults.iter().any(|fault| fault.starts_with(variable)), "{variable}: {faults:?}");
        }
    }

    #[test]
    fn an_endpoint_in_clear_is_refused_unless_it_is_loopback() {
        for (endpoint, good) in [
            ("https://sqs.eu-central-1.amazonaws.com", true),
            ("http://127.0.0.1:4566", true),
            ("http://[::1]:4566", true),
            ("http://localhost:4566", false),
            ("http://10.0.0.8", false),
            ("ftp://127.0.0.1", false),
        ] {
            let faults = faults(GOOD.into_iter().chain([("AWS_ENDPOINT_URL", endpoint)]));
            assert_eq!(!faults.iter().any(|f| f.starts_with("AWS_ENDPOINT_URL")), good, "{endpoint}");
        }
    }

    #[test]
    fn only_the_arn_of_a_role_is_a_role() {
        for arn in [
            "",
            "role",
            "arn:aws:iam::1:role/x",
            "arn:aws:iam::000000000000:user/x",
            "arn:aws:iam::000000000000:role/",
        ] {
            let mut reader = Reader::from_pairs([]);
            assert!(!check_role(&mut reader, arn), "{arn}");
        }
        let mut reader = Reader::from_pairs([]);
        assert!(check_role(&mut reader, "arn:aws-cn:iam::123456789012:role/path/name"));
    }
}
