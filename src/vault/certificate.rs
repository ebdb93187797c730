//! The erasure certificate: how gone somebody is, as a note signed like a checkpoint, for whoever asks to see it in writing.

use jiff::Timestamp;

use crate::ledger::note::NoteKey;
use crate::policy::table::Policy;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::standing::{Level, Standing};

impl Vault {
    /// A standing in writing: a C2SP signed note under the ledger's name, as things are now.
    ///
    /// Its first line says what it is, so that it is never taken for a checkpoint, whose first line is the ledger's name.
    pub fn certify(&self, standing: &Standing) -> Result<String, Error> {
        let keyring = self.keyring.load();
        let text = text(standing, &self.id.to_string(), &self.policy(), self.now());
        let origin = self.proofs.checkpoint().checkpoint().origin.clone();
        let key = NoteKey::new(origin, keyring.verifying_key()?);
        Ok(key.note(&text, &keyring.sign(text.as_bytes())?))
    }
}

fn text(standing: &Standing, vault: &str, policy: &Policy, now: Timestamp) -> String {
    let mut lines = vec![TITLE.to_owned(), format!("vault: {vault}"), format!("member: {}", standing.member)];
    if let Some((field, slot)) = standing.slot {
        let name = policy.field(field).map_or_else(|| field.to_string(), |field| field.name().to_string());
        lines.push(format!("value: {name}/{slot}"));
    }
    lines.push(format!("erased: {} (entry {})", standing.erased, standing.entry));
    lines.push(format!("level: {}", standing.level.name()));
    lines.push(format!("as of: {now}"));
    for rest in &standing.keys {
        let state = match rest.left {
            0 => "all destroyed".to_owned(),
            left => format!("{left} not destroyed yet"),
        };
        lines.push(format!("key {}, versions 1 to {}: {state}", rest.key, rest.through));
    }
    if let Some(until) = standing.kept_until {
        lines.push(format!("kept as the law wants, under another key, until: {until}"));
    }
    lines.push(standing.level.next().to_owned());
    lines.into_iter().fold(String::new(), |text, line| text + &line + "\n")
}

impl Level {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::Shredded => "shredded",
        }
    }

    /// What has to happen for the next level.
    #[must_use]
    pub const fn next(self) -> &'static str {
        match self {
            Self::Erased => "next: shredded, once every version above is destroyed (keys rotate, then keys destroy)",
            Self::Shredded => {
                "next: final, once no copy of the keyring and no backup can hold one of these versions; not claimed while \
                 the destruction of such copies and of the root key cannot be proved"
            }
        }
    }
}

/// What an erasure certificate begins with.
const TITLE: &str = "fubako erasure certificate v1";
