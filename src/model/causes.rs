//! An error with its causes, on one line.

use std::error::Error;

/// What went wrong, and why, as far as it is known.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(why) = cause {
        texts.push(why.to_string());
        cause = why.source();
    }
    // A cause that only wraps the next one says the same again.
    texts.dedup();
    texts.join(": ")
}
