//! Every label that separates one use of a key from another, in one list.

/// Opens the keyring file, and with it the associated data of its seal.
pub(crate) const KEYRING_MAGIC: &[u8; 8] = b"fubakokr";

/// First line of a root key file.
pub(crate) const ROOT_FILE: &str = "fubako root key v1";

/// The public name of a root key.
pub(crate) const ROOT_ID: &[u8] = b"fubako/root-id/v1";

/// What the wrapping of a root key is bound to.
pub(crate) const ROOT_WRAP: &[u8] = b"fubako/root-wrap/v1";

/// The beginning of every share of a root key, as people see it.
pub(crate) const SHARE_TEXT: &str = "fubako-share-v1-";

/// What the checksum of a share covers first.
pub(crate) const SHARE_SUM: &[u8] = b"fubako/share/v1";

/// One value of one slot of a member's record.
pub(crate) const FIELD: &[u8] = b"fubako/field/v1";

/// One row of the register.
pub(crate) const ROW: &[u8] = b"fubako/row/v1";

/// What the law wants kept of one erased member.
pub(crate) const RETAINED: &[u8] = b"fubako/retained/v1";

/// One sealed part of a ledger frame.
pub(crate) const FRAME: &[u8] = b"fubako/frame/v1";

/// One sealed piece of a ledger index.
pub(crate) const LEDGER_INDEX: &[u8] = b"fubako/ledger-index/v1";

/// The slots of a whole record.
pub(crate) const MANIFEST: &[u8] = b"fubako/manifest/v1";

/// Blind index over e-mail addresses.
pub(crate) const INDEX_EMAIL: &[u8] = b"fubako/index/email/v1";

/// Blind index over phone numbers.
pub(crate) const INDEX_PHONE: &[u8] = b"fubako/index/phone/v1";

/// Blind index over external references.
pub(crate) const INDEX_REFERENCE: &[u8] = b"fubako/index/reference/v1";

/// A member's name for one recipient.
pub(crate) const PSEUDONYM: &[u8] = b"fubako/pseudonym/v1";

/// What a request asked, for recognising a retry.
pub(crate) const REQUEST: &[u8] = b"fubako/request/v1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_begins_another() {
        let labels: [&[u8]; 15] = [
            KEYRING_MAGIC,
            ROOT_ID,
            ROOT_WRAP,
            SHARE_SUM,
            FIELD,
            ROW,
            RETAINED,
            FRAME,
            LEDGER_INDEX,
            MANIFEST,
            INDEX_EMAIL,
            INDEX_PHONE,
            INDEX_REFERENCE,
            PSEUDONYM,
            REQUEST,
        ];
        for (at, label) in labels.iter().enumerate() {
            for (other_at, other) in labels.iter().enumerate() {
                assert!(at == other_at || !other.starts_with(label));
            }
        }
    }
}
