//! The credentials of nodes and containers, offered where the SDK looks for them, and never asked for.
//!
//! The metadata addresses are the same on every machine, so the test makes a network namespace in which they are its
//! own. That takes root and iproute2; elsewhere the test says so and looks at nothing, but in CI it fails.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials as _;
use futures::future::join_all;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use stack::{Changes, Workload};

use crate::context::{Context, TestResult, eventually};

/// Instance metadata, ECS, EKS Pod Identity; the last two also by IPv6.
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>)
const METADATA: [&str; 5] = [
    "169.254.169.254:80",
    "169.254.170.2:80",
    "169.254.170.23:80",
    "[fd00:ec2::254]:80",
    "[fd00:ec2::23]:80",
];
/// What a node would answer, on any path: a role that is not ours.
const FOREIGN: &str = r#"{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z","AccessKeyId":"ASIAFOREIGN","SecretAccessKey":"x",
    "Token":"x","Expiration":"2099-01-01T00:00:00Z"}"#;
const DENIED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
    <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";
const LIMIT: Duration = Duration::from_mins(1);

/// A network namespace that this test made. Its name goes with it, the namespace with its last process.
struct Namespace(String);

impl Namespace {
    /// Makes it and moves this thread, and what it starts, into it.
    fn enter() -> Result<Self, String> {
        let name = format!("zte-metadata-{}", std::process::id());
        ip(&["netns", "add", &name])?;
        let this = Self(name);
        let file =
            std::fs::File::open(format!("/run/netns/{}", this.0)).map_err(|error| error.to_string())?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .map_err(|error| error.to_string())?;
        ip(&["link", "set", "lo", "up"])?;
        for address in METADATA {
            let address = address.parse::<SocketAddr>().unwrap().ip();
            // Nobody else is there who could have the address already.
            let unique: &[&str] = if address.is_ipv6() { &["nodad"] } else { &[] };
            ip(&[&["addr", "add", &address.to_string(), "dev", "lo"], unique].concat())?;
        }
        Ok(this)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(ip(&["netns", "del", &self.0]));
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let done = Command::new("ip").args(arguments).output().map_err(|error| format!("ip: {error}"))?;
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    if done.status.success() { Ok(()) } else { Err(format!("ip {}: {said}", arguments.join(" "))) }
}

/// What a node answers: a session token, then the name of its role, then credentials (instance metadata, version 2).
fn metadata(request: &str) -> (&'static str, &'static str) {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = match path {
        "/latest/api/token" => "session",
        path if path.ends_with("/security-credentials/") => "node",
        _ => FOREIGN,
    };
    ("200 OK", body)
}

fn refusal(_: &str) -> (&'static str, &'static str) {
    ("403 Forbidden", DENIED)
}

/// Answers every connection, and counts them. Ends with the process.
fn serve(address: &str, answers: fn(&str) -> (&'static str, &'static str)) -> (SocketAddr, Arc<AtomicU64>) {
    let (listener, count) = (TcpListener::bind(address).unwrap(), Arc::new(AtomicU64::new(0)));
    let (bound, counted) = (listener.local_addr().unwrap(), Arc::clone(&count));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            if let Ok(stream) = stream {
                // A client that goes away gets no answer.
                drop(answer(stream, answers));
            }
        }
    });
    (bound, count)
}

fn answer(mut stream: TcpStream, answers: fn(&str) -> (&'static str, &'static str)) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut request = [0; 8_192];
    // The head is all that matters, and comes in one piece.
    let read = stream.read(&mut request)?;
    let (status, body) = answers(&String::from_utf8_lossy(&request[..read]));
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\
         x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\n{body}",
        body.len()
    )
}

async fn look(context: &Context) {
    let fakes = METADATA.map(|address| serve(address, metadata).1);
    let requests = || fakes.iter().map(|count| count.load(Ordering::SeqCst)).sum::<u64>();
    // The fake is where the SDK would find it, and would be believed.
    ImdsCredentialsProvider::builder().build().provide_credentials().await.expect("a foreign role");
    for (address, count) in METADATA.iter().zip(&fakes) {
        // The kernel adds the route to a new address in its own time.
        eventually(&format!("a connection to {address}"), async || TcpStream::connect(address).ok()).await;
        eventually(&format!("{address} to count it"), async || {
            (count.load(Ordering::SeqCst) > 0).then_some(())
        })
        .await;
    }
    let before = requests();

    let (refusing, refused) = serve("127.0.0.1:0", refusal);
    let runs = Workload::ALL.iter().flat_map(|workload| {
        [format!("http://{refusing}"), "http://127.0.0.1:1".to_owned()].map(|sts| (*workload, sts))
    });
    let ends = join_all(runs.map(async |(workload, sts)| {
        let changes = Changes::none().set("AWS_ENDPOINT_URL", &sts).set("AWS_ENDPOINT_URL_STS", &sts);
        let finished = context.stack.run(workload, &changes, LIMIT).await.unwrap();
        assert_eq!(finished.code, Some(69), "{} at {sts}: {}", workload.name(), finished.output);
        let last = finished.output.lines().rfind(|line| line.contains("could not start")).unwrap_or_default();
        assert!(last.contains("assume the"), "{} at {sts}: {}", workload.name(), finished.output);
    }))
    .await;
    assert!(refused.load(Ordering::SeqCst) >= 3, "every workload asked STS");
    assert_eq!(requests() - before, 0, "somebody asked for the role of the node or of a container");
    println!("metadata: {} refused starts, 0 requests to {} metadata addresses", ends.len(), METADATA.len());
}

pub(crate) async fn no_process_asks_for_the_role_of_its_node(context: &Context) -> TestResult {
    let seen = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let namespace = Namespace::enter()?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(look(context));
            drop(namespace);
            Ok(())
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    if let Err(why) = seen {
        let why: String = why;
        assert!(std::env::var_os("CI").is_none(), "no network namespace: {why}");
        println!("not looked at: {why}; a network namespace takes root and iproute2");
    }
    Ok(())
}
