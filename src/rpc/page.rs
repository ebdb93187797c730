//! Pages: how long one may be, and the token of the next, which only its caller can use, for the same listing, for a day.
//!
//! A token is base64url of `MAC 32 | made i64 | key`: when it was made, in microseconds since 1970 (UTC), and the key of the
//! page's last item, behind a keyed digest over the caller, the call, its filter and both.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use subtle::ConstantTimeEq as _;

use crate::model::ids::CallerName;
use crate::rpc::error::Error;
use crate::vault::Vault;

/// One listing of one caller.
pub(super) struct Listing<'a> {
    /// What computes the digest.
    pub(super) vault: &'a Vault,
    /// Who lists.
    pub(super) caller: &'a CallerName,
    /// The call.
    pub(super) rpc: &'static str,
    /// What is listed: the request without its page.
    pub(super) filter: Vec<u8>,
}

/// A page that was read, with the key of its last item if there is more behind.
pub(super) struct Page<T, K> {
    /// The items.
    pub(super) items: Vec<T>,
    /// Where the next page begins.
    pub(super) next: Option<K>,
}

/// How many items a page may have: 50 if nothing is said, 1,000 at most.
pub(super) fn size(page_size: i32) -> Result<usize, Error> {
    match usize::try_from(page_size) {
        Ok(0) => Ok(DEFAULT),
        Ok(size) => Ok(size.min(MOST)),
        Err(_) => Err(Error::invalid("page_size", "is negative")),
    }
}

impl Listing<'_> {
    /// The token of the page behind the item of that key.
    pub(super) fn token(&self, key: &[u8]) -> Result<String, Error> {
        let place = [&self.vault.now().as_microsecond().to_be_bytes(), key].concat();
        let mut bytes = self.mac(&place)?.to_vec();
        bytes.extend(place);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The key a token was made for; none, for the first page.
    pub(super) fn open(&self, token: &str) -> Result<Option<Vec<u8>>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Error::PageToken)?;
        let (mac, place) = bytes.split_first_chunk::<MAC_BYTES>().ok_or(Error::PageToken)?;
        if !bool::from(self.mac(place)?.ct_eq(mac)) {
            return Err(Error::PageToken);
        }
        let (made, key) = place.split_first_chunk().ok_or(Error::PageToken)?;
        let age = self.vault.now().as_microsecond().saturating_sub(i64::from_be_bytes(*made));
        if SignedDuration::from_micros(age) >= GOOD_FOR { Err(Error::PageTokenOld) } else { Ok(Some(key.to_vec())) }
    }

    fn mac(&self, place: &[u8]) -> Result<[u8; MAC_BYTES], Error> {
        let mut bytes = Vec::new();
        for part in [self.caller.as_str().as_bytes(), self.rpc.as_bytes(), &self.filter, place] {
            // Every part behind its length, so that no two listings read the same.
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        }
        Ok(self.vault.digest("page-token", &bytes)?)
    }
}

/// Reads a page of the items to be kept, at most `size` of them.
///
/// `fetch` gives up to so many items behind a key. A listing of which little is kept is looked through only so far in
/// one call; its page may then be short and still have one behind it.
pub(super) fn read<T, K>(
    size: usize,
    mut after: Option<K>,
    fetch: impl Fn(Option<&K>, usize) -> Result<Vec<T>, Error>,
    key: impl Fn(&T) -> K,
    keep: impl Fn(&T) -> bool,
) -> Result<Page<T, K>, Error> {
    let mut items: Vec<T> = Vec::new();
    // One more than fit, to know whether there is a page behind.
    let chunk = size + 1;
    for _ in 0..ROUNDS {
        let found = fetch(after.as_ref(), chunk)?;
        let is_last = found.len() < chunk;
        for item in found {
            if items.len() == size {
                return Ok(Page { items, next: after });
            }
            after = Some(key(&item));
            if keep(&item) {
                items.push(item);
            }
        }
        if is_last {
            return Ok(Page { items, next: None });
        }
    }
    Ok(Page { items, next: after })
}

const DEFAULT: usize = 50;
const MOST: usize = 1000;
const MAC_BYTES: usize = 32;
/// How long a token is good: beginning to read is written down, and going on is not.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How many times a page's worth of items one call looks through.
const ROUNDS: usize = 64;

#[cfg(test)]
mod tests;
