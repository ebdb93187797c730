//! Limits: how much of the server one client, or all of them together, may take up.

use std::time::Duration;

/// How much the server takes on. [`Limits::default`] suits one node behind a marketplace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The longest request, in bytes. A batch of 1,000 members with eight bases each takes 350 KB.
    pub message_bytes: usize,
    /// Calls at a time on one connection.
    pub streams: u32,
    /// Connections at a time; further ones wait to be accepted.
    pub connections: usize,
    /// Handshakes at a time; further connections wait for theirs.
    pub handshakes: usize,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// How long a call may take until it is answered or, if it answers with a stream, begins to be.
    pub request_timeout: Duration,
    /// After how long a silence a client is asked whether it is still there.
    pub keep_alive_interval: Duration,
    /// How long it may take to say so.
    pub keep_alive_timeout: Duration,
    /// After how long a client has to connect again, and so to show a certificate that is still good.
    pub connection_age: Duration,
    /// How long open calls may take to end once the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 512 << 10,
            streams: 512,
            connections: 4096,
            handshakes: 256,
            handshake_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            keep_alive_interval: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(10),
            connection_age: Duration::from_hours(1),
            drain: Duration::from_secs(20),
        }
    }
}

/// The longest list of request headers, in bytes: room for an assertion and little else.
pub(super) const HEADER_BYTES: u32 = 16 << 10;
