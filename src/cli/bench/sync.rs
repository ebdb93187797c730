//! One sync: how long a frame's bytes take to become durable on this disk, with nothing else in the way.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use crate::cli::bench::load::histogram;
use crate::cli::error::Error;

/// The median time of a write and its `fdatasync` in that folder, in microseconds, over a second.
pub(super) async fn median(folder: &Path) -> Result<u64, Error> {
    let folder = folder.to_owned();
    let timed = spawn_blocking(move || time(&folder)).await;
    timed.map_err(|panicked| Error::Serve(Box::new(panicked)))?
}

fn time(folder: &Path) -> Result<u64, Error> {
    let failed = |source: io::Error| Error::Write { path: folder.to_owned(), source };
    let file = ready(folder).map_err(failed)?;
    let mut latencies = histogram()?;
    let until = Instant::now() + SPAN;
    let mut place = 0;
    while Instant::now() < until && place + FRAME.len() as u64 <= ROOM {
        let began = Instant::now();
        file.write_all_at(&FRAME, place).and_then(|()| file.sync_data()).map_err(failed)?;
        latencies.saturating_record(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
        place += FRAME.len() as u64;
    }
    Ok(latencies.value_at_quantile(0.5))
}

/// A file without a name whose space is made ready, as the journal's is.
fn ready(folder: &Path) -> io::Result<File> {
    let file = tempfile::tempfile_in(folder)?;
    let zeros = vec![0; 1 << 20];
    for megabyte in 0..ROOM >> 20 {
        file.write_all_at(&zeros, megabyte << 20)?;
    }
    file.sync_all()?;
    Ok(file)
}

/// About as long as the journal's frame of one release.
const FRAME: [u8; 512] = [1; 512];
const ROOM: u64 = 8 << 20;
const SPAN: Duration = Duration::from_secs(1);
