//! The post between the committer and those who ask it: letters with many orders one way, and with many answers the other.
//!
//! Waking somebody on another thread costs a system call, and a group of many orders costs one sync. A thread that carries many
//! calls has a [`Letterbox`]: what the calls ask for that are ready at a time leaves together behind them, and the answers come
//! together and are handed out on the thread itself. Everybody else's orders and answers go one by one.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::{Notify, mpsc, oneshot};

use crate::commit::Error;
use crate::commit::work::Work;
use crate::ledger::accounted::Durable;

/// Work on its way to the committer, with the way back.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) work: Work,
    pub(super) reply: Reply,
}

/// What became of a piece of work.
pub(super) type Outcome = Result<Durable, Error>;

/// The way to the committer.
#[derive(Clone)]
pub(super) struct Queue {
    letters: mpsc::UnboundedSender<Vec<Order>>,
    waiting: Arc<AtomicUsize>,
}

/// Where orders come out, in the order of their letters.
pub(super) struct Queued {
    letters: mpsc::UnboundedReceiver<Vec<Order>>,
    waiting: Arc<AtomicUsize>,
    opened: VecDeque<Order>,
}

/// The way back to whoever waits.
#[derive(Debug)]
pub(super) struct Reply {
    waiting: oneshot::Sender<Outcome>,
    /// The letterbox of the thread that asked, if it has one.
    letters: Option<Letters>,
    /// For the meter alone; no decision rests on it.
    queued: Instant,
}

/// What comes for those who asked on one thread, and what leaves from there.
#[derive(Debug)]
pub struct Letterbox {
    coming: mpsc::UnboundedReceiver<Vec<Answer>>,
    leaving: Arc<Notify>,
}

type Letters = mpsc::UnboundedSender<Vec<Answer>>;

#[derive(Debug)]
struct Answer {
    waiting: oneshot::Sender<Outcome>,
    outcome: Outcome,
}

/// The outgoing letters of a thread with a letterbox.
struct Desk {
    answers: Letters,
    leaving: Arc<Notify>,
    /// To whom, and what; another committer's orders begin a new letter.
    letter: Option<(Queue, Vec<Order>)>,
}

/// The way to a committer, and its other end.
pub(super) fn queue() -> (Queue, Queued) {
    let (letters, coming) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Queue { letters, waiting: Arc::clone(&waiting) }, Queued { letters: coming, waiting, opened: VecDeque::new() })
}

impl Queue {
    /// Asks for work; its answer comes out of the other end of `waiting`. Nothing comes where the committer has stopped.
    pub(super) fn ask(&self, work: Work, waiting: oneshot::Sender<Outcome>) -> Result<(), Error> {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= MOST_WAITING {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(Error::Overloaded);
        }
        DESK.with_borrow_mut(|desk| match desk {
            Some(desk) => desk.add(self, work, waiting),
            None => self.send(vec![Order { work, reply: Reply { waiting, letters: None, queued: Instant::now() } }]),
        });
        Ok(())
    }

    /// How many orders wait to be taken, those among them that have not left their thread.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A letter nobody takes any more answers everyone in it by its end.
    fn send(&self, letter: Vec<Order>) {
        if let Err(mpsc::error::SendError(letter)) = self.letters.send(letter) {
            self.waiting.fetch_sub(letter.len(), Ordering::AcqRel);
        }
    }
}

impl Queued {
    /// The next order; waits for it, and is none once nobody can ask any more.
    pub(super) fn wait(&mut self) -> Option<Order> {
        while self.opened.is_empty() {
            self.opened = self.letters.blocking_recv()?.into();
        }
        self.take()
    }

    /// The next order, if it is here.
    pub(super) fn next(&mut self) -> Option<Order> {
        if self.opened.is_empty() {
            self.opened = self.letters.try_recv().ok()?.into();
        }
        self.take()
    }

    fn take(&mut self) -> Option<Order> {
        let order = self.opened.pop_front()?;
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        Some(order)
    }
}

impl Desk {
    fn add(&mut self, queue: &Queue, work: Work, waiting: oneshot::Sender<Outcome>) {
        if self.letter.as_ref().is_some_and(|(to, _)| !to.letters.same_channel(&queue.letters)) {
            self.send();
        }
        let reply = Reply { waiting, letters: Some(self.answers.clone()), queued: Instant::now() };
        if self.letter.is_none() {
            // Whoever carries the letters runs behind those who are ready now, and who may add to this one.
            self.leaving.notify_one();
        }
        let (_, orders) = self.letter.get_or_insert_with(|| (queue.clone(), Vec::new()));
        orders.push(Order { work, reply });
        if orders.len() >= LETTER {
            self.send();
        }
    }

    fn send(&mut self) {
        if let Some((queue, orders)) = self.letter.take() {
            queue.send(orders);
        }
    }
}

impl Letterbox {
    /// Has what this thread asks for leave and be answered through it, while [`carry`](Self::carry) runs there, which must be a
    /// task of a runtime that runs its tasks in the order in which they become ready.
    #[must_use]
    pub fn of_this_thread() -> Self {
        let ((answers, coming), leaving) = (mpsc::unbounded_channel(), Arc::new(Notify::new()));
        DESK.set(Some(Desk { answers, leaving: Arc::clone(&leaving), letter: None }));
        Self { coming, leaving }
    }

    /// Sends off what leaves and hands out what comes, for ever.
    pub async fn carry(mut self) {
        loop {
            tokio::select! {
                Some(answers) = self.coming.recv() => answers.into_iter().for_each(Answer::give),
                () = self.leaving.notified() => send_off(),
            }
        }
    }
}

/// Sends off what this thread has asked for.
fn send_off() {
    DESK.with_borrow_mut(|desk| desk.as_mut().map(Desk::send));
}

impl Drop for Letterbox {
    /// What is there already goes its way, and the thread has no letterbox any more.
    fn drop(&mut self) {
        drop(DESK.take());
        self.coming.close();
        while let Ok(answers) = self.coming.try_recv() {
            answers.into_iter().for_each(Answer::give);
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.send();
    }
}

impl Reply {
    /// When it was asked for.
    pub(super) const fn queued(&self) -> Instant {
        self.queued
    }

    /// Answers one by itself.
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
    for (Reply { waiting, letters, queued: _ }, outcome) in answers {
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

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({} waiting)", self.waiting.load(Ordering::Relaxed))
    }
}

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
}

/// How much work may wait; more is refused at once rather than answered late.
const MOST_WAITING: usize = 4096;
/// Orders after which a letter leaves though its thread is still busy.
const LETTER: usize = 32;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use std::thread;

    use jiff::Timestamp;

    use crate::ledger::draft::Draft;
    use crate::ledger::entry::{Entry, RANDOM_BYTES};
    use crate::ledger::event::Event;

    fn ask(queue: &Queue) -> oneshot::Receiver<Outcome> {
        let (waiting, answer) = oneshot::channel();
        queue.ask(work(), waiting).unwrap();
        answer
    }

    fn work() -> Work {
        let entry = Entry::new(Event::Released, "shop", Timestamp::UNIX_EPOCH, &[0; RANDOM_BYTES]);
        Work::entry(Draft::new(entry))
    }

    /// Takes what has come, and refuses it.
    fn refuse(queued: &mut Queued) -> usize {
        let orders: Vec<Order> = std::iter::from_fn(|| queued.next()).collect();
        let taken = orders.len();
        give_all(orders.into_iter().map(|order| (order.reply, Err(Error::NoSpace))));
        taken
    }

    fn refused(mut answer: oneshot::Receiver<Outcome>) -> bool {
        matches!(answer.try_recv(), Ok(Err(Error::NoSpace)))
    }

    /// On a thread of its own, since a letterbox is the thread's.
    fn apart(test: impl FnOnce() + Send + 'static) {
        thread::spawn(test).join().unwrap();
    }

    #[test]
    fn orders_of_one_thread_leave_together_and_are_answered_by_one_letter() {
        apart(|| {
            let mut letterbox = Letterbox::of_this_thread();
            let (queue, mut queued) = queue();
            let (first, second) = (ask(&queue), ask(&queue));
            assert_eq!(refuse(&mut queued), 0, "they leave when the thread has nothing else to do");
            send_off();
            assert_eq!(refuse(&mut queued), 2);
            let letter = letterbox.coming.try_recv().unwrap();
            assert_eq!((letter.len(), letterbox.coming.is_empty()), (2, true));
            letter.into_iter().for_each(Answer::give);
            assert!(refused(first) && refused(second));
        });
    }

    #[test]
    fn a_thread_that_stays_busy_sends_off_what_it_has_all_the_same() {
        apart(|| {
            let _letterbox = Letterbox::of_this_thread();
            let (queue, mut queued) = queue();
            let answers: Vec<_> = (0..=LETTER).map(|_| ask(&queue)).collect();
            assert_eq!(refuse(&mut queued), LETTER);
            drop(answers);
        });
    }

    #[test]
    fn orders_for_another_committer_do_not_get_into_the_letter() {
        apart(|| {
            let _letterbox = Letterbox::of_this_thread();
            let ((one, mut of_one), (other, mut of_other)) = (queue(), queue());
            let _answers = (ask(&one), ask(&other));
            send_off();
            assert_eq!((refuse(&mut of_one), refuse(&mut of_other)), (1, 1));
        });
    }

    #[test]
    fn what_is_ready_at_a_time_leaves_in_one_letter_though_the_thread_never_sleeps() {
        apart(|| {
            let (queue, mut queued) = queue();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                tokio::spawn(Letterbox::of_this_thread().carry());
                let busy = tokio::spawn(async {
                    loop {
                        tokio::task::yield_now().await;
                    }
                });
                let asking: Vec<_> =
                    (0..3).map(|_| queue.clone()).map(|queue| tokio::spawn(async move { drop(ask(&queue)) })).collect();
                for _ in 0..4 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(queued.letters.try_recv().unwrap().len(), asking.len());
                busy.abort();
            });
        });
    }

    #[test]
    fn a_thread_without_a_letterbox_asks_and_is_answered_at_once() {
        let (queue, mut queued) = queue();
        let answer = ask(&queue);
        assert_eq!(refuse(&mut queued), 1);
        assert!(refused(answer));
    }

    #[test]
    fn a_letterbox_that_goes_loses_no_answer_and_a_thread_that_ends_no_order() {
        let (queue, mut queued) = queue();
        let asking = move || {
            let _letterbox = Letterbox::of_this_thread();
            ask(&queue)
        };
        let answer = thread::spawn(asking).join().unwrap();
        assert_eq!(refuse(&mut queued), 1);
        assert!(refused(answer));
    }

    #[test]
    fn no_more_is_taken_than_may_wait_and_there_is_room_again_behind_it() {
        let (queue, mut queued) = queue();
        let answers: Vec<_> = (0..MOST_WAITING).map(|_| ask(&queue)).collect();
        let (waiting, _answer) = oneshot::channel();
        assert_eq!(queue.ask(work(), waiting).unwrap_err(), Error::Overloaded);
        assert_eq!(refuse(&mut queued), answers.len());
        ask(&queue);
    }

    #[test]
    fn whoever_asks_a_committer_that_has_stopped_is_told_by_the_end_of_the_way_back() {
        let (queue, queued) = queue();
        drop(queued);
        for _ in 0..=MOST_WAITING {
            assert!(ask(&queue).try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed));
        }
    }
}
