//! Answers on their way from the committer to those who wait: one message a group for each thread that has a letterbox.
//!
//! Waking somebody on another thread costs a system call. A group answers many at once, so a thread that waits for many is
//! sent their answers together, and hands them out itself.

use std::cell::RefCell;

use tokio::sync::{mpsc, oneshot};

use crate::commit::Error;
use crate::ledger::accounted::Durable;

/// What became of a piece of work.
pub(super) type Outcome = Result<Durable, Error>;

/// The way back to whoever waits.
#[derive(Debug)]
pub(super) struct Reply {
    waiting: oneshot::Sender<Outcome>,
    /// The letterbox of the thread that asked, if it has one.
    letters: Option<Letters>,
}

/// What comes for those who asked on one thread.
#[derive(Debug)]
pub struct Letterbox(mpsc::UnboundedReceiver<Vec<Answer>>);

type Letters = mpsc::UnboundedSender<Vec<Answer>>;

#[derive(Debug)]
struct Answer {
    waiting: oneshot::Sender<Outcome>,
    outcome: Outcome,
}

impl Letterbox {
    /// Has what is committed from this thread from now on answered through it.
    #[must_use]
    pub fn of_this_thread() -> Self {
        let (letters, coming) = mpsc::unbounded_channel();
        LETTERS.set(Some(letters));
        Self(coming)
    }

    /// Hands out what comes, as long as it is polled.
    pub async fn deliver(mut self) {
        while let Some(answers) = self.0.recv().await {
            answers.into_iter().for_each(Answer::give);
        }
    }
}

impl Drop for Letterbox {
    /// What has come already is handed out; what comes later goes to each by itself.
    fn drop(&mut self) {
        self.0.close();
        while let Ok(answers) = self.0.try_recv() {
            answers.into_iter().for_each(Answer::give);
        }
    }
}

impl Reply {
    /// To whoever holds the other end, by the letterbox of this thread if it has one.
    pub(super) fn to(waiting: oneshot::Sender<Outcome>) -> Self {
        Self { waiting, letters: LETTERS.with_borrow(Clone::clone) }
    }

    /// Answers one by itself; whoever asked may have gone.
    pub(super) fn give(self, outcome: Outcome) {
        Answer { waiting: self.waiting, outcome }.give();
    }
}

impl Answer {
    fn give(self) {
        // Whoever asked may have gone, and the entry stands all the same.
        let _ = self.waiting.send(self.outcome);
    }
}

/// Answers everyone of a group.
pub(super) fn give_all(answers: impl Iterator<Item = (Reply, Outcome)>) {
    // As many as there are threads with a letterbox: few enough to look through.
    let mut posts: Vec<(Letters, Vec<Answer>)> = Vec::new();
    for (Reply { waiting, letters }, outcome) in answers {
        let answer = Answer { waiting, outcome };
        match letters {
            None => answer.give(),
            Some(letters) => match posts.iter_mut().find(|(known, _)| known.same_channel(&letters)) {
                Some((_, post)) => post.push(answer),
                None => posts.push((letters, vec![answer])),
            },
        }
    }
    for (letters, post) in posts {
        if let Err(mpsc::error::SendError(post)) = letters.send(post) {
            post.into_iter().for_each(Answer::give);
        }
    }
}

thread_local! {
    static LETTERS: RefCell<Option<Letters>> = const { RefCell::new(None) };
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use std::thread;

    fn waiting() -> (Reply, oneshot::Receiver<Outcome>) {
        let (waiting, answer) = oneshot::channel();
        (Reply::to(waiting), answer)
    }

    fn refuse(replies: Vec<Reply>) {
        give_all(replies.into_iter().map(|reply| (reply, Err(Error::Overloaded))));
    }

    /// On a thread of its own, since a letterbox is the thread's.
    fn apart(test: impl FnOnce() + Send + 'static) {
        thread::spawn(test).join().unwrap();
    }

    #[test]
    fn those_of_one_thread_are_answered_by_one_letter() {
        apart(|| {
            let mut letterbox = Letterbox::of_this_thread();
            let ((one, mut first), (other, mut second)) = (waiting(), waiting());
            refuse(vec![one, other]);
            assert!(first.try_recv().is_err(), "it is still in the letter");
            let letter = letterbox.0.try_recv().unwrap();
            assert_eq!((letter.len(), letterbox.0.is_empty()), (2, true));
            letter.into_iter().for_each(Answer::give);
            assert_eq!(first.try_recv().unwrap().unwrap_err(), Error::Overloaded);
            assert_eq!(second.try_recv().unwrap().unwrap_err(), Error::Overloaded);
        });
    }

    #[test]
    fn each_thread_gets_its_own() {
        apart(|| {
            let mut here = Letterbox::of_this_thread();
            let (one, _first) = waiting();
            let (other, mut second) = thread::spawn(waiting).join().unwrap();
            refuse(vec![one, other]);
            assert_eq!(here.0.try_recv().unwrap().len(), 1);
            assert_eq!(second.try_recv().unwrap().unwrap_err(), Error::Overloaded, "no letterbox, so at once");
        });
    }

    #[test]
    fn a_letterbox_that_goes_loses_nothing() {
        apart(|| {
            let letterbox = Letterbox::of_this_thread();
            let ((one, mut first), (other, mut second)) = (waiting(), waiting());
            refuse(vec![one]);
            drop(letterbox);
            assert!(first.try_recv().unwrap().is_err());
            refuse(vec![other]);
            assert!(second.try_recv().unwrap().is_err());
        });
    }
}
