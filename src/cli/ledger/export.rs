//! `fubako ledger export`: checkpoint, hash tiles and entry bundles as files, for tools nobody here wrote.

use std::path::{Path, PathBuf};

use clap::Args;
use fubako_proto::client::Client;
use fubako_proto::v1::{
    EntryFilter, EntryOrder, ExportLeavesRequest, ExportedLeaf, GetCheckpointRequest, ListEntriesRequest,
    ReadTileRequest,
};
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::progress::Progress;
use crate::cli::screen::Screen;
use crate::cli::wire;
use crate::ledger::merkle::LEVEL_WIDTH;
use crate::ledger::tile::TilePath;
use crate::ledger::tree::hashes_of_level;

/// What to write, and where.
#[derive(Args, Debug)]
pub(in crate::cli) struct Export {
    /// The folder to write into; made, and refused if something is in it
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The first entry to bundle: an instant, or an index; the first there is, if it is not given
    #[arg(long, value_name = "TIME|INDEX")]
    from: Option<String>,
    /// The entry to stop before: an instant, or an index; all there is, if it is not given
    #[arg(long, value_name = "TIME|INDEX")]
    to: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// What was written.
struct Written {
    size: u64,
    bundled: u64,
    left_out: u64,
}

impl Export {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let folder = self.folder.as_path();
        if folder.read_dir().is_ok_and(|mut items| items.next().is_some()) {
            return Err(Error::Exists(folder.to_owned()));
        }
        let client = self.connection.open().await?;
        let checkpoint = client.get_checkpoint(GetCheckpointRequest {}).await?.checkpoint.unwrap_or_default();
        let first = place(&client, self.from.as_deref(), EntryOrder::OldestFirst, checkpoint.size).await?.unwrap_or(0);
        let end = place(&client, self.to.as_deref(), EntryOrder::NewestFirst, checkpoint.size).await?;
        let end = end.unwrap_or(checkpoint.size);
        check_range(first, end, checkpoint.size)?;
        write(folder, "checkpoint", checkpoint.note.as_bytes())?;
        write(folder, "verifier-key", format!("{}\n", checkpoint.verifier_key).as_bytes())?;
        write_tiles(&client, folder, checkpoint.size).await?;
        let (bundled, left_out) = write_bundles(&client, folder, checkpoint.size, first..end).await?;
        let written = Written { size: checkpoint.size, bundled, left_out };
        screen.show(
            || json!({ "folder": folder, "tree_size": written.size, "bundled": bundled, "left_out": left_out }),
            || told(folder, &written),
        )
    }
}

fn told(folder: &Path, written: &Written) -> String {
    let left_out = match written.left_out {
        0 => String::new(),
        left_out => format!("\n{left_out} entries lie in bundles of which some are past retention; those are left out"),
    };
    format!(
        "`{}` holds the tree of {} entries, and {} of them in bundles{left_out}",
        folder.display(),
        written.size,
        written.bundled
    )
}

/// Refuses a range that nothing can be in.
fn check_range(first: u64, end: u64, size: u64) -> Result<(), Error> {
    let range = format!("it begins at entry {first} and ends before {end}; the checkpoint covers {size}");
    if first > end || end > size { Err(Error::argument("--from or --to", range)) } else { Ok(()) }
}

/// The index a flag names; an instant's is that of the first entry from then on, or behind the last before it.
async fn place(client: &Client, text: Option<&str>, order: EntryOrder, size: u64) -> Result<Option<u64>, Error> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(index) = text.parse() {
        return Ok(Some(index));
    }
    let instant = wire::instant(text).map_err(|why| Error::argument("--from or --to", format!("{why} or an index")))?;
    let oldest = order == EntryOrder::OldestFirst;
    let filter = if oldest {
        EntryFilter { from_time: Some(instant), ..EntryFilter::default() }
    } else {
        EntryFilter { until_time: Some(instant), ..EntryFilter::default() }
    };
    let mut request = ListEntriesRequest { page_size: 1, filter: Some(filter), ..ListEntriesRequest::default() };
    request.set_order(order);
    let found = loop {
        let page = client.list_entries(request.clone()).await?;
        let first = page.entries.first().map(|entry| entry.index);
        // A page may be empty and have one behind it: the server looks only so far at once.
        if first.is_some() || page.next_page_token.is_empty() {
            break first;
        }
        request.page_token = page.next_page_token;
    };
    Ok(Some(match found {
        Some(index) if oldest => index,
        Some(index) => index + 1,
        None if oldest => size,
        None => 0,
    }))
}

async fn write_tiles(client: &Client, folder: &Path, size: u64) -> Result<(), Error> {
    let levels = (0..).map(|level| (level, hashes_of_level(size, level))).take_while(|(_, hashes)| *hashes > 0);
    let tiles: Vec<TilePath> = levels.flat_map(|(level, hashes)| TilePath::of_level(Some(level), hashes)).collect();
    let mut progress = Progress::of(tiles.len() as u64, "writing tiles");
    for tile in tiles {
        let request = ReadTileRequest {
            level: tile.level.unwrap_or_default(),
            index: tile.index,
            width: u32::try_from(tile.width).unwrap_or_default(),
        };
        write(folder, &tile.to_string(), &client.read_tile(request).await?.hashes)?;
        progress.step();
    }
    Ok(())
}

/// Writes the bundles in which entries of the range lie; how many entries are in them, and in those left out.
async fn write_bundles(
    client: &Client,
    folder: &Path,
    size: u64,
    range: std::ops::Range<u64>,
) -> Result<(u64, u64), Error> {
    let overlaps = |bundle: &TilePath| {
        let first = bundle.index * LEVEL_WIDTH;
        first < range.end && range.start < first + bundle.width
    };
    let bundles: Vec<TilePath> = TilePath::of_level(None, size).filter(overlaps).collect();
    let (Some(first), Some(last)) = (bundles.first(), bundles.last()) else { return Ok((0, 0)) };
    let request = ExportLeavesRequest {
        from_index: first.index * LEVEL_WIDTH,
        until_index: last.index * LEVEL_WIDTH + last.width,
    };
    let mut progress = Progress::of(bundles.len() as u64, "writing entry bundles");
    let mut leaves = client.export_leaves(request).await?;
    let mut waiting: Vec<ExportedLeaf> = Vec::new();
    let (mut written, mut left_out) = (0, 0);
    for bundle in bundles {
        let width = usize::try_from(bundle.width).unwrap_or(usize::MAX);
        while waiting.len() < width
            && let Some(more) = leaves.next().await?
        {
            waiting.extend(more.leaves);
        }
        let rest = waiting.split_off(width.min(waiting.len()));
        match bundle_of(&std::mem::replace(&mut waiting, rest)) {
            Some(bytes) => {
                write(folder, &bundle.to_string(), &bytes)?;
                written += bundle.width;
            }
            None => left_out += bundle.width,
        }
        progress.step();
    }
    Ok((written, left_out))
}

/// `( length u16 | leaf )*`, big-endian; none if a leaf is past retention.
fn bundle_of(leaves: &[ExportedLeaf]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        let leaf = leaf.leaf.as_deref()?;
        bytes.extend(u16::try_from(leaf.len()).ok()?.to_be_bytes());
        bytes.extend(leaf);
    }
    Some(bytes)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = folder.join(name);
    files::make_folder(path.parent().unwrap_or(folder))?;
    files::write_new(&path, bytes, Readers::Everybody)
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger export audit-2026
  fubako ledger export audit-november --from 2026-11-01T00:00:00+09:00 --to 2026-12-01T00:00:00+09:00

Writes `checkpoint`, `verifier-key`, `tile/<level>/...` and `tile/entries/...` as C2SP tlog-tiles has them. The tiles are \
those of the whole ledger, so that every proof can be made from them; entries do not name members. Bundles hold 256 \
entries: those at the edges of a range hold some before and behind it, too.";
