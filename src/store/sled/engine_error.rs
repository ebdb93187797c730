//! What sled says of a failure, in one line that ends where its words do.

use std::error;
use std::fmt;
use std::io;

/// A failure of the engine.
#[derive(Debug)]
pub struct EngineError(sled::Error);

impl EngineError {
    /// Whether there was no room: nothing is damaged, and the same may succeed later.
    #[must_use]
    pub fn is_no_space(&self) -> bool {
        matches!(&self.0, sled::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull)
    }
}

impl From<sled::Error> for EngineError {
    fn from(error: sled::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            // sled's own words end in a backtrace, which it never has.
            sled::Error::Corruption { at: Some(place), .. } => write!(f, "damaged data at `{place:?}` of its file"),
            sled::Error::Corruption { at: None, .. } => f.write_str("damaged data in its files"),
            sled::Error::Io(error) => error.fmt(f),
            own
            @ (sled::Error::CollectionNotFound(_) | sled::Error::Unsupported(_) | sled::Error::ReportableBug(_)) => {
                own.fmt(f)
            }
        }
    }
}

impl error::Error for EngineError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_backtrace_is_told() {
        let told = EngineError::from(sled::Error::Corruption { at: None, bt: () }).to_string();
        assert_eq!(told, "damaged data in its files");
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let full = EngineError::from(sled::Error::Io(full));
        assert!(full.is_no_space() && full.to_string() == "no storage space");
    }
}
