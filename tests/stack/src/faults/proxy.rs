//! A TCP proxy that can refuse.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::StackError;
use crate::ports;

/// What becomes of connections, also of those that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// They go through.
    Open,
    /// They are closed at once.
    Refused,
    /// They are taken, and nothing is ever answered.
    Stalled,
}

/// A proxy in front of one address, open at first.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    passage: watch::Sender<Passage>,
    _server: AbortOnDropHandle<()>,
}

impl Proxy {
    pub(super) async fn start(target: SocketAddr) -> Result<Self, StackError> {
        let failed =
            |source| StackError::Listen { what: "a proxy", address: ports::loopback(0).to_string(), source };
        let listener = TcpListener::bind(ports::loopback(0)).await.map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let passage = watch::Sender::new(Passage::Open);
        let server = tokio::spawn(serve(listener, target, passage.subscribe()));
        Ok(Self { url, passage, _server: AbortOnDropHandle::new(server) })
    }

    /// Its base address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes what becomes of connections; those that are open are cut.
    pub fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }
}

async fn serve(listener: TcpListener, target: SocketAddr, passage: watch::Receiver<Passage>) {
    // Ends with the stack; a connection that fails ends alone.
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(pass(stream, target, passage.clone()));
    }
}

async fn pass(mut stream: TcpStream, target: SocketAddr, mut passage: watch::Receiver<Passage>) {
    let now = *passage.borrow_and_update();
    let through = async {
        match now {
            Passage::Open => {
                if let Ok(mut onward) = TcpStream::connect(target).await {
                    let _ = copy_bidirectional(&mut stream, &mut onward).await;
                }
            }
            Passage::Refused => {}
            Passage::Stalled => std::future::pending().await,
        }
    };
    tokio::select! {
        () = through => {}
        _ = passage.changed() => {}
    }
}
