//! A client's connection that ends by itself.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// A byte stream that fails from a certain moment on. An HTTP client that keeps it for the next request waits
/// for its end by reading, so it learns of that moment at once and lets go of the stream.
pub struct Bounded<Io> {
    io: Io,
    end: Pin<Box<Sleep>>,
}

impl<Io> Bounded<Io> {
    /// `io`, for no longer than `life`.
    pub(super) fn new(io: Io, life: Duration) -> Self {
        Self { io, end: Box::pin(tokio::time::sleep_until(Instant::now() + life)) }
    }

    fn over() -> io::Error {
        io::Error::new(io::ErrorKind::ConnectionAborted, "the connection has outlived an SVID")
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Bounded<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Self::over()));
        }
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Bounded<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.end.is_elapsed() {
            return Poll::Ready(Err(Self::over()));
        }
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.end.is_elapsed() {
            return Poll::Ready(Err(Self::over()));
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl<Io> Connection for Bounded<Io> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl<Io> std::fmt::Debug for Bounded<Io> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bounded").field("end", &self.end.deadline()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_passes_after_the_end_and_a_waiting_reader_is_told() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Bounded::new(near, Duration::from_secs(10));
        near.write_all(b"before").await.unwrap();
        let mut got = [0; 6];
        far.read_exact(&mut got).await.unwrap();
        let begun = Instant::now();
        let error = near.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed().as_secs()), (io::ErrorKind::ConnectionAborted, 10));
        near.write_all(b"after").await.unwrap_err();
        far.write_all(b"after").await.unwrap();
        near.read_u8().await.unwrap_err();
    }
}
