//! The erasure certificate: how gone somebody is, as a note signed like a checkpoint, for whoever asks to see it in writing.

use jiff::Timestamp;

use crate::ledger::note::NoteKey;
use crate::policy::table::Policy;
use crate::vault::Vault;
use crate::vault::backup::copies::CopyOf;
use crate::vault::error::Error;
use crate::vault::remains::{HoldingCopy, HoldingRoot};
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
    for copy in &standing.remains.copies {
        lines.push(format!("{} {} may hold one, kept until: {}", copy.of.noun(), copy.id, copy.kept_until));
    }
    for root in &standing.remains.roots {
        lines.push(format!("{} opens keyrings that may hold one", root.words()));
    }
    lines.push(standing.next_words());
    lines.into_iter().fold(String::new(), |text, line| text + &line + "\n")
}

impl Level {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::Shredded => "shredded",
            Self::Final => "final",
        }
    }

    /// The level that comes after it.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Erased => Some(Self::Shredded),
            Self::Shredded => Some(Self::Final),
            Self::Final => None,
        }
    }
}

impl Standing {
    /// When the next level is reached if nobody does anything; none where somebody has to.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let waits = match self.level {
            Level::Erased => self.keys.iter().all(|rest| rest.left == 0),
            Level::Shredded => self.remains.roots.is_empty() && self.was_kept == Some(false),
            Level::Final => false,
        };
        self.waited_for().map(|copy| copy.kept_until).max().filter(|_| waits)
    }

    /// Whether the next level can be reached at all.
    #[must_use]
    pub fn is_next_in_reach(&self) -> bool {
        match self.level {
            Level::Erased => true,
            Level::Shredded => self.was_kept == Some(false) && self.remains.roots.iter().all(HoldingRoot::is_provable),
            Level::Final => false,
        }
    }

    /// What has to happen for the next level, in words.
    #[must_use]
    pub fn next_words(&self) -> String {
        let Some(next) = self.level.next() else {
            return "next: nothing; no key that can have sealed it is left anywhere on record".to_owned();
        };
        if self.was_kept != Some(false) && self.level == Level::Shredded {
            let kept = if self.was_kept.is_some() {
                "what was kept as the law wants was sealed again under the retention key"
            } else {
                "nobody wrote down then whether something was kept, which is sealed under the retention key"
            };
            return format!(
                "next: none; {} is out of reach, since {kept}, of which no version is destroyed",
                next.name()
            );
        }
        if let Some(root) = self.remains.roots.iter().find(|root| !self.is_next_in_reach() && !root.is_provable()) {
            return format!(
                "next: none; {} is out of reach, since nobody can prove that {} is destroyed",
                next.name(),
                root.words()
            );
        }
        let mut needed = Vec::new();
        if self.keys.iter().any(|rest| rest.left > 0) {
            needed.push("every version above is destroyed (keys rotate, then keys destroy)".to_owned());
        }
        let copies: Vec<String> = self.waited_for().map(|copy| format!("{} {}", copy.of.noun(), copy.id)).collect();
        if let Some(until) = self.waited_for().map(|copy| copy.kept_until).max() {
            let copies = copies.join(", ");
            needed.push(format!("these are past their time, the last on {until:.0}, or attested destroyed: {copies}"));
        }
        if self.level == Level::Shredded && !self.remains.roots.is_empty() {
            needed.push("the root keys above are replaced and destroyed by their keepers".to_owned());
        }
        format!("next: {}, once {}", next.name(), needed.join(", and "))
    }

    /// The copies that stand between this level and the next.
    fn waited_for(&self) -> impl Iterator<Item = &HoldingCopy> {
        let all = self.level == Level::Shredded;
        self.remains.copies.iter().filter(move |copy| all || copy.of == CopyOf::Scoped)
    }
}

impl HoldingRoot {
    /// The root key in words.
    #[must_use]
    pub fn words(&self) -> String {
        let id = self.id.map_or_else(|| "a root key nobody wrote down".to_owned(), |id| format!("root key {id}"));
        let kind = self.kind.map_or_else(String::new, |kind| format!(" ({kind})"));
        let in_force = if self.in_force { ", which is in force," } else { "" };
        format!("{id}{kind}{in_force}")
    }
}

impl CopyOf {
    /// What such a copy is called.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Vault => "backup",
            Self::Keyring => "keyring copy",
            Self::Scoped => "export",
        }
    }
}

/// What an erasure certificate begins with.
const TITLE: &str = "fubako erasure certificate v1";
