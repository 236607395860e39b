//! The emulator's environment: four services, loopback only, no word to the outside.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// The variables of a run that writes below `directory` and listens on `port`.
pub(super) fn variables(directory: &Path, port: u16) -> BTreeMap<String, OsString> {
    let listen = format!("127.0.0.1:{port}");
    let nowhere = directory.join("no-docker.sock");
    let fixed = [
        ("PATH", "/usr/bin:/bin"),
        ("LANG", "C.UTF-8"),
        ("SERVICES", "sqs,secretsmanager,kms,sts"),
        ("STRICT_SERVICE_LOADING", "1"),
        ("EAGER_SERVICE_LOADING", "0"),
        // The default server binds every address.
        ("GATEWAY_SERVER", "hypercorn"),
        // Queue URLs of the form http://host:port/account/name, which is the form of AWS.
        ("SQS_ENDPOINT_STRATEGY", "off"),
        ("SQS_DISABLE_CLOUDWATCH_METRICS", "1"),
        // Usage events, the certificate for its public name, and a name server: all would leave the machine.
        ("DISABLE_EVENTS", "1"),
        ("SKIP_SSL_CERT_DOWNLOAD", "1"),
        ("DNS_ADDRESS", "0"),
    ];
    let mut variables: BTreeMap<_, _> =
        fixed.into_iter().map(|(name, value)| (name.to_owned(), OsString::from(value))).collect();
    for name in ["GATEWAY_LISTEN", "LOCALSTACK_HOST"] {
        variables.insert(name.to_owned(), OsString::from(&listen));
    }
    for name in ["HOME", "TEMP", "XDG_CACHE_HOME", "FILESYSTEM_ROOT", "LOCALSTACK_VOLUME_DIR"] {
        variables.insert(name.to_owned(), directory.into());
    }
    // It looks for a container engine at start; it must not find the developer's.
    variables.insert("DOCKER_SOCK".to_owned(), nowhere.clone().into());
    variables.insert("DOCKER_HOST".to_owned(), format!("unix://{}", nowhere.display()).into());
    variables
}
