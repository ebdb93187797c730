//! `fubako member preferences` and `restrict`: what a member allows, refuses and freezes.

use clap::{Args, ValueEnum};
use fubako_proto::client::Client;
use fubako_proto::v1::{
    self, GetPreferencesRequest, PurposePreference, Restriction, SetPreferencesRequest, SetRestrictionRequest,
};
use serde_json::{Value, json};

use crate::cli::connection::MemberConnection;
use crate::cli::error::Error;
use crate::cli::screen::{Screen, facts};
use crate::cli::wire;

/// Shows what a member allows and refuses; with one of the options that say so, changes it first.
#[derive(Args, Debug)]
pub(in crate::cli) struct Preferences {
    /// The member
    id: String,
    /// An optional purpose the member allows; repeat it for several
    #[arg(long, value_name = "PURPOSE")]
    allow: Vec<String>,
    /// An optional purpose the member refuses; repeat it for several
    #[arg(long, value_name = "PURPOSE")]
    refuse: Vec<String>,
    /// Cookies beyond those the service needs
    #[arg(long)]
    cookies: Option<Choice>,
    /// Measuring of visits
    #[arg(long)]
    analytics: Option<Choice>,
    /// Interest-based advertising
    #[arg(long)]
    advertising: Option<Choice>,
    /// Recording whether a mail was opened
    #[arg(long)]
    mail_signal: Option<Choice>,
    #[command(flatten)]
    connection: MemberConnection,
}

/// Freezes a member's data, or lifts that.
#[derive(Args, Debug)]
pub(in crate::cli) struct Restrict {
    /// The member
    id: String,
    /// Lift the restriction
    #[arg(long)]
    lift: bool,
    #[command(flatten)]
    connection: MemberConnection,
}

/// A member's word.
#[derive(Clone, Copy, ValueEnum, Debug)]
enum Choice {
    Allow,
    Refuse,
}

impl From<Choice> for v1::Choice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Allow => Self::Allow,
            Choice::Refuse => Self::Refuse,
        }
    }
}

impl Preferences {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        if self.changes_something() {
            client.set_preferences(self.request()).await?;
        }
        let answer = client.get_preferences(GetPreferencesRequest { member_id: self.id }).await?;
        let preferences = wire::sent(answer.preferences, "preferences")?;
        screen.show(|| preferences_json(&preferences), || preferences_words(screen, &preferences))
    }

    fn changes_something(&self) -> bool {
        let signals = [self.cookies, self.analytics, self.advertising, self.mail_signal];
        !self.allow.is_empty() || !self.refuse.is_empty() || signals.iter().any(Option::is_some)
    }

    fn request(&self) -> SetPreferencesRequest {
        let word = |purposes: &[String], choice: Choice| -> Vec<PurposePreference> {
            let choice = v1::Choice::from(choice).into();
            purposes.iter().map(|purpose| PurposePreference { purpose: purpose.clone(), choice }).collect()
        };
        let signal = |choice: Option<Choice>| choice.map_or(v1::Choice::Unspecified, v1::Choice::from).into();
        SetPreferencesRequest {
            member_id: self.id.clone(),
            purposes: [word(&self.allow, Choice::Allow), word(&self.refuse, Choice::Refuse)].concat(),
            cookies: signal(self.cookies),
            analytics: signal(self.analytics),
            advertising: signal(self.advertising),
            mail_signal: signal(self.mail_signal),
            ..SetPreferencesRequest::default()
        }
    }
}

impl Restrict {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client: Client = self.connection.open().await?;
        let restriction = if self.lift { Restriction::Lifted } else { Restriction::Restricted };
        let mut request = SetRestrictionRequest { member_id: self.id.clone(), ..SetRestrictionRequest::default() };
        request.set_restriction(restriction);
        let answer = client.set_restriction(request).await?;
        let (state, receipt) = (wire::restriction(restriction), answer.receipt.as_ref());
        screen.show(
            || {
                let receipt = wire::receipt_json(receipt);
                json!({ "member": self.id, "restriction": state, "revision": answer.revision, "receipt": receipt })
            },
            || format!("the restriction of member {} is {state}: {}", self.id, wire::receipt_words(receipt)),
        )
    }
}

fn preferences_json(preferences: &v1::Preferences) -> Value {
    let purposes = preferences.purposes.iter().map(|word| (word.purpose.clone(), json!(wire::choice(word.choice()))));
    json!({
        "purposes": purposes.collect::<serde_json::Map<_, _>>(),
        "cookies": wire::choice(preferences.cookies()),
        "analytics": wire::choice(preferences.analytics()),
        "advertising": wire::choice(preferences.advertising()),
        "mail_signal": wire::choice(preferences.mail_signal()),
        "restriction": wire::restriction(preferences.restriction()),
        "revision": preferences.revision,
    })
}

fn preferences_words(screen: Screen, preferences: &v1::Preferences) -> String {
    let mut table = screen.table(&["about", "the member says"]);
    for word in &preferences.purposes {
        table.add_row([word.purpose.as_str(), wire::choice(word.choice())]);
    }
    let signals = [
        ("cookies", preferences.cookies()),
        ("analytics", preferences.analytics()),
        ("advertising", preferences.advertising()),
        ("mail opening", preferences.mail_signal()),
    ];
    for (signal, choice) in signals {
        table.add_row([signal, wire::choice(choice)]);
    }
    let facts = facts(&[
        ("restriction", wire::restriction(preferences.restriction()).to_owned()),
        ("revision", preferences.revision.to_string()),
    ]);
    format!("{table}\n{facts}")
}
