//! Ports on the loopback address.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use crate::StackError;

/// The loopback address with this port.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Refuses a port that something already listens on.
pub(crate) fn ensure_free(port: u16) -> Result<(), StackError> {
    TcpListener::bind(loopback(port)).map(drop).map_err(|source| StackError::PortTaken { port, source })
}

/// A free port that nobody else is handed for the next minute.
///
/// One connection to itself leaves the port in `TIME_WAIT`: the kernel then gives it to nobody who asks for any port,
/// while a server that asks for this one with `SO_REUSEADDR`, as servers do, gets it.
pub(crate) fn reserve() -> Result<u16, StackError> {
    reserve_port().map_err(StackError::NoFreePort)
}

fn reserve_port() -> io::Result<u16> {
    let listener = TcpListener::bind(loopback(0))?;
    let address = listener.local_addr()?;
    let client = TcpStream::connect(address)?;
    let (server, _) = listener.accept()?;
    // The side that closes first is the one that waits.
    drop(server);
    drop(client);
    Ok(address.port())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let listener = TcpListener::bind(loopback(0)).unwrap();
        let port = listener.local_addr().unwrap().port();

        let error = ensure_free(port).unwrap_err();

        let line = error.one_line();
        assert!(line.starts_with(&format!("port {port} on 127.0.0.1 is taken")), "{line}");
        assert!(line.contains("PORT=") && line.contains("--port"), "{line}");
        assert!(!line.contains('\n'));
    }

    #[test]
    fn reserved_ports_differ_and_can_be_bound() {
        let ports: BTreeSet<_> = (0..20).map(|_| reserve().unwrap()).collect();

        assert_eq!(ports.len(), 20);
        for port in ports {
            ensure_free(port).unwrap();
        }
    }
}
