//! Seats: a plain HTTP listener beside the service takes only so many connections, whoever idles on them.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// A listener that lets in only so many connections at a time: those that idle must not take the vault's descriptors.
pub(super) struct Seated {
    listener: TcpListener,
    seats: Arc<Semaphore>,
    idle: Duration,
}

/// A connection with its seat, which it loses when nothing has come or gone for a while.
pub(super) struct Connection {
    stream: TcpStream,
    idle: Duration,
    ends: Pin<Box<Sleep>>,
    _seat: OwnedSemaphorePermit,
}

impl Seated {
    /// On that listener.
    pub(super) fn on(listener: TcpListener) -> Self {
        Self { listener, seats: Arc::new(Semaphore::new(CONNECTIONS)), idle: IDLE }
    }
}

impl Connection {
    /// What became of reading or writing; an error where nothing has for too long.
    fn unless_idle<T>(&mut self, done: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            let ends = Instant::now() + self.idle;
            self.ends.as_mut().reset(ends);
            return done;
        }
        self.ends.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Listener for Seated {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Ok(seat) = Arc::clone(&self.seats).acquire_owned().await else { pending().await };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let (idle, ends) = (self.idle, Box::pin(sleep(self.idle)));
                    return (Connection { stream, idle, ends, _seat: seat }, address);
                }
                // Such as a connection that was gone before it was taken.
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(context, into);
        self.unless_idle(done, context)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.unless_idle(done, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Connections at a time; others wait.
const CONNECTIONS: usize = 64;
const PAUSE: Duration = Duration::from_millis(100);
/// How long a connection may be silent: longer than a collector or monitor lets pass between two requests needs no seat.
const IDLE: Duration = Duration::from_secs(30);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_silent_connection_loses_its_seat_and_one_that_speaks_keeps_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut seated = Seated { idle: Duration::from_millis(300), ..Seated::on(listener) };
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut connection, _) = seated.accept().await;
        for _ in 0..4 {
            sleep(Duration::from_millis(100)).await;
            client.write_all(b"x").await.unwrap();
            assert_eq!(connection.read_u8().await.unwrap(), b'x');
        }
        assert_eq!(connection.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(seated.seats.available_permits(), CONNECTIONS - 1);
        drop(connection);
        assert_eq!(seated.seats.available_permits(), CONNECTIONS);
    }
}
