//! Each image, started as Kubernetes starts it: the root is only read, no capability, no new privileges, the user of
//! the image.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use supply_chain::SERVICES;
use supply_chain::container::Container;
use supply_chain::image::Image;

/// Exit code of a start with faulty settings (`EX_CONFIG` of sysexits.h).
const FAULTY_SETTINGS: i32 = 78;

#[test]
fn an_image_starts_and_reads_its_settings() {
    for service in SERVICES {
        let folder = tempfile::tempdir().unwrap();
        let mut container = Container::start(
            &format!("{service}-empty"),
            &Image::built(service).unwrap(),
            &[],
            folder.path(),
        )
        .unwrap();
        let code = container.wait().unwrap();
        let log = container.log().unwrap();
        assert_eq!(code, Some(FAULTY_SETTINGS), "{service}: {log}");
        assert!(log.contains("AWS_ROLE_ARN"), "{service}: {log}");
    }
}

#[test]
fn a_running_image_has_no_privilege() {
    for service in SERVICES {
        let folder = tempfile::tempdir().unwrap();
        let (tell, asked) = mpsc::channel();
        let sts = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = sts.local_addr().unwrap();
        let workload_api = UnixListener::bind(folder.path().join("spire.sock")).unwrap();
        // The socket is everybody's in a cluster as well: SPIRE looks at who calls.
        open(&folder.path().join("spire.sock"), 0o777);
        let other = tell.clone();
        std::thread::spawn(move || hold(|| sts.accept(), &tell));
        std::thread::spawn(move || hold(|| workload_api.accept(), &other));

        let environment = environment(folder.path(), &format!("https://{address}"));
        let image = Image::built(service).unwrap();
        let container = Container::start(service, &image, &environment, folder.path()).unwrap();
        let asked = asked.recv_timeout(Duration::from_mins(1));
        assert!(asked.is_ok(), "{service} asked nobody: {}", container.log().unwrap());

        let status = container.status().unwrap();
        assert_eq!(status["Name"], service);
        assert_eq!(status["Uid"], "65532\t65532\t65532\t65532", "{service}");
        assert_eq!(status["Gid"], "65532\t65532\t65532\t65532", "{service}");
        assert_eq!(status["Groups"], "", "{service}");
        assert_eq!(status["NoNewPrivs"], "1", "{service}");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(status[set], "0000000000000000", "{service}: {set}");
        }
    }
}

/// Takes one caller and never answers.
fn hold<T>(accept: impl Fn() -> std::io::Result<T>, tell: &mpsc::Sender<()>) {
    let caller = accept();
    // The test may be over.
    let _ = tell.send(());
    drop(accept());
    drop(caller);
}

/// Everything that the manifests set, pointing at nobody but this test.
fn environment(folder: &Path, sts: &str) -> Vec<(&'static str, String)> {
    fs::write(folder.join("token"), "e30.e30.e30").unwrap();
    fs::copy(
        supply_chain::repository().join("services/images/root/ca-certificates.crt"),
        folder.join("ca.pem"),
    )
    .unwrap();
    fs::create_dir(folder.join("spool")).unwrap();
    open(folder, 0o755);
    open(&folder.join("spool"), 0o777);
    [
        ("AWS_ENDPOINT_URL", sts),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ROLE_ARN", "arn:aws:iam::000000000000:role/zero-trust-eks-irsa"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/test/token"),
        ("CLICK_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/000000000000/clicks"),
        ("CLICK_SPOOL_DIRECTORY", "/test/spool"),
        ("DATABASE_SECRET_ID", "zero-trust-eks/url-service/database"),
        ("FIRST_API_KEY_SECRET_ID", "zero-trust-eks/first-api-key"),
        ("INTERNAL_BASE_URL", "https://127.0.0.1:1"),
        ("INTERNAL_CLIENT_SPIFFE_ID", "spiffe://zero-trust-eks.local/ns/services/sa/worker"),
        ("INTERNAL_SERVER_SPIFFE_ID", "spiffe://zero-trust-eks.local/ns/services/sa/url-service"),
        ("PGDATABASE", "zero_trust_eks"),
        ("PGHOST", "localhost"),
        ("PGPORT", "1"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/test/ca.pem"),
        ("PUBLIC_BASE_URL", "https://links.example.com"),
        ("SPIFFE_ENDPOINT_SOCKET", "unix:/test/spire.sock"),
        ("SPIFFE_TRUST_DOMAIN", "zero-trust-eks.local"),
        ("URL_SERVICE_SECRET_ID", "zero-trust-eks/url-service/database"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

fn open(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
