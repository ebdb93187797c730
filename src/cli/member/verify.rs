//! `fubako member verify`: claims about a member held against what is stored, and answered with yes or no.

use clap::Args;
use fubako_proto::v1::{FieldValue, VerifyAnswer, VerifyClaim, VerifyOutcome, VerifyRequest};
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::screen::Screen;
use crate::cli::value::read::{text_of, text_or_input};
use crate::cli::wire;

/// Holds claims against what is stored; the answers are yes or no, never values.
#[derive(Args, Debug)]
pub(in crate::cli) struct Verify {
    /// The member
    id: String,
    /// The purpose
    #[arg(long, default_value = "identity-verification")]
    purpose: String,
    #[command(flatten)]
    claims: Claims,
    #[command(flatten)]
    connection: Connection,
}

/// What is claimed.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
struct Claims {
    /// A file whose first line is the member's password; `-` for the standard input
    #[arg(long, value_name = "FILE")]
    password: Option<String>,
    /// The birth date, as `1990-04-01`; `-` reads it from the standard input
    #[arg(long, value_name = "DATE")]
    birth_date: Option<String>,
    /// The phone number with its country code; `-` reads it from the standard input
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// The last four digits of the card; `-` reads them from the standard input
    #[arg(long, value_name = "DIGITS")]
    card_last4: Option<String>,
    /// That the member is of age, or is not
    #[arg(long, value_name = "true|false")]
    adult: Option<bool>,
}

impl Verify {
    pub(super) async fn run(self, screen: Screen) -> Result<Exit, Error> {
        let claims = self.claims.read()?;
        let client = self.connection.open().await?;
        let request = VerifyRequest { purpose: self.purpose, member_id: self.id, claims };
        let answer = client.verify(request).await?;
        let answers = &answer.answers;
        screen.show(
            || {
                let told = answers.iter().map(|told| {
                    json!({ "field": told.field, "form": told.form, "answer": wire::verify_outcome(told.outcome()) })
                });
                let receipt = wire::receipt_json(answer.receipt.as_ref());
                json!({ "answers": told.collect::<Vec<_>>(), "receipt": receipt })
            },
            || answers.iter().map(words).collect::<Vec<_>>().join("\n"),
        )?;
        let all_true = answers.iter().all(|told| told.outcome() == VerifyOutcome::Match);
        Ok(if all_true { Exit::Done } else { Exit::Failed })
    }
}

impl Claims {
    fn read(self) -> Result<Vec<VerifyClaim>, Error> {
        let inputs = [&self.password, &self.birth_date, &self.phone, &self.card_last4];
        if inputs.iter().filter(|given| given.as_deref() == Some("-")).count() > 1 {
            return Err(Error::argument("the standard input", "it holds one line, and so one claim"));
        }
        let mut claims = Vec::new();
        if let Some(file) = self.password {
            claims.push(claim("password", "", FieldValue::password(text_of(&file)?)));
        }
        if let Some(date) = self.birth_date {
            claims.push(claim("birth_date", "full", FieldValue::date(text_or_input(&date)?.value.clone())));
        }
        if let Some(phone) = self.phone {
            claims.push(claim("phone", "full", FieldValue::phone(text_or_input(&phone)?.value.clone())));
        }
        if let Some(digits) = self.card_last4 {
            claims.push(claim("card", "last4", FieldValue::text(text_or_input(&digits)?.value.clone())));
        }
        if let Some(adult) = self.adult {
            claims.push(claim("birth_date", "adult", FieldValue::text(adult.to_string())));
        }
        Ok(claims)
    }
}

fn claim(field: &str, form: &str, value: FieldValue) -> VerifyClaim {
    VerifyClaim { field: field.to_owned(), form: form.to_owned(), slot: 0, value: Some(value) }
}

fn words(told: &VerifyAnswer) -> String {
    let what = [told.field.as_str(), told.form.as_str()].join(" ");
    format!("{}  {}", what.trim_end(), wire::verify_outcome(told.outcome()))
}

/// How to use it.
pub(super) const EXAMPLE: &str = "Answers are `yes`, `no`, or `not held` where the member has no such value. The exit code is 0 if every claim is true, \
and 1 if one is not. Guesses are counted: ten claims about a member in 15 minutes.

Examples:
  fubako member verify ID --birth-date 1990-04-01 --card-last4 4242
  fubako member verify ID --password - < password.txt";
