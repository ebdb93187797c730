//! Sources: the way a value was collected.

use std::fmt;

use minicbor::{Decode, Encode};

/// The way a value was collected from the member.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Source {
    /// Entered on the website or in the app.
    #[n(0)]
    Website,
    /// Received by e-mail.
    #[n(1)]
    Email,
    /// Received by letter.
    #[n(2)]
    Mail,
    /// Told on the telephone.
    #[n(3)]
    Phone,
    /// Received by fax.
    #[n(4)]
    Fax,
    /// Taken over from another system.
    #[n(5)]
    Import,
}

impl Source {
    /// Every source there is, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Website, Self::Email, Self::Mail, Self::Phone, Self::Fax, Self::Import];

    /// The source's name in requests and views.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Website => "website",
            Self::Email => "email",
            Self::Mail => "mail",
            Self::Phone => "phone",
            Self::Fax => "fax",
            Self::Import => "import",
        }
    }

    /// The source of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
