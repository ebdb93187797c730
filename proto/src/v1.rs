//! The package `fubako.v1`, generated from its `.proto` files.

pub use generated::*;

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated code")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/fubako.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/silent_debug.rs"));
}
