//! Does an answer that is told piece by piece end where it fails, with why, and with nothing behind it?

use std::cell::Cell;

use super::*;

type Told = Vec<Result<v1::TraceExposureResponse, Status>>;

/// What is told of a trace of so many entries whose reader is let in for so many messages, and which then ends like this.
fn told(entries: usize, messages: usize, end: Result<v1::ExposureSummary, Error>) -> Told {
    let (answers, mut told) = mpsc::channel(16);
    let left = Cell::new(messages);
    let allowed = || {
        let may = left.get() > 0;
        left.set(left.get().saturating_sub(1));
        if may { Ok(()) } else { Err(VaultError::CallerSuspended.into()) }
    };
    tell_trace(&answers, &allowed, |tell| {
        // Like the walk through the ledger, which ends where it is told to, and then has a summary all the same.
        let _ = (0..entries).try_for_each(|_| tell(v1::LedgerEntry::default()));
        end
    });
    drop(answers);
    std::iter::from_fn(|| told.try_recv().ok()).collect()
}

fn summary() -> v1::ExposureSummary {
    v1::ExposureSummary { releases: 7, ..v1::ExposureSummary::default() }
}

/// `entries` of each message, `summary` and the reason of an error.
fn words(told: &Told) -> Vec<String> {
    let words = |answer: &Result<v1::TraceExposureResponse, Status>| match answer {
        Ok(answer) if answer.summary.is_some() => "summary".to_owned(),
        Ok(answer) => answer.entries.len().to_string(),
        Err(status) => status.message().to_owned(),
    };
    told.iter().map(words).collect()
}

#[test]
fn a_trace_tells_its_entries_and_then_its_summary() {
    assert_eq!(words(&told(AT_ONCE + 3, usize::MAX, Ok(summary()))), ["256", "3", "summary"]);
    assert_eq!(words(&told(2 * AT_ONCE, usize::MAX, Ok(summary()))), ["256", "256", "summary"]);
    assert_eq!(words(&told(0, usize::MAX, Ok(summary()))), ["summary"]);
}

#[test]
fn a_trace_whose_reader_is_turned_away_ends_with_that_and_has_no_summary() {
    let suspended = "the caller is suspended";
    // In the middle, where the walk breaks off, with an entry left over or none.
    assert_eq!(words(&told(2 * AT_ONCE, 1, Ok(summary()))), ["256", suspended]);
    assert_eq!(words(&told(3 * AT_ONCE, 1, Ok(summary()))), ["256", suspended]);
    // At the end.
    assert_eq!(words(&told(AT_ONCE + 3, 1, Ok(summary()))), ["256", suspended]);
}

#[test]
fn a_trace_that_fails_ends_with_why_and_has_no_summary() {
    let failed = || Err(VaultError::Overloaded.into());
    let why = VaultError::Overloaded.to_string();
    assert_eq!(words(&told(AT_ONCE + 3, usize::MAX, failed())), ["256", why.as_str()]);
    assert_eq!(words(&told(0, usize::MAX, failed())), [why.as_str()]);
    // One reason, the first.
    assert_eq!(words(&told(2 * AT_ONCE, 1, failed())), ["256", "the caller is suspended"]);
}

#[test]
fn an_answer_nobody_takes_any_more_is_not_gone_on_with() {
    let (answers, told) = mpsc::channel(1);
    drop(told);
    let mut asked = 0;
    tell_trace(&answers, &|| Ok(()), |tell| {
        while tell(v1::LedgerEntry::default()).is_continue() {
            asked += 1;
        }
        Ok(summary())
    });
    assert_eq!(asked, AT_ONCE - 1);
}
