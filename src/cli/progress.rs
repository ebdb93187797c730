//! Progress: a bar on the terminal for work that takes longer than a second.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work under way; its bar shows once a second has gone by, and never where no terminal is.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: bool,
}

impl Progress {
    /// So many steps to go.
    pub(super) fn of(steps: u64, what: impl Into<Cow<'static, str>>) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden()).with_message(what);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        Self { bar, started: Instant::now(), shown: false }
    }

    /// One step is done.
    pub(super) fn step(&mut self) {
        self.show_if_long();
        self.bar.inc(1);
    }

    /// So many steps are done, of so many that there are by now.
    pub(super) fn reach(&mut self, done: u64, steps: u64) {
        self.show_if_long();
        self.bar.set_length(steps);
        self.bar.set_position(done);
    }

    fn show_if_long(&mut self) {
        if !self.shown && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
    }

    /// The work is done, and the terminal free for what came of it: from now on the bar is gone.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

const TEMPLATE: &str = "{msg} {bar:32} {pos}/{len} {eta}";
const PATIENCE: Duration = Duration::from_secs(1);
