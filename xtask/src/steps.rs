//! What a person sees while waiting: numbered steps, what each is doing, how long it took.
//!
//! On a terminal the line of the running step is redrawn; elsewhere (a log file, CI) a line is added now and then.

use std::{
    cell::Cell,
    io::{IsTerminal, Write, stdout},
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};

/// A numbered sequence of steps.
pub struct Steps {
    total: usize,
    number: usize,
    started: Instant,
    aside: Option<Sender<String>>,
}

/// The running step. Say how it ended with [`Step::done`]; dropped without that, it has failed.
pub struct Step {
    title: String,
    label: String,
    started: Instant,
    last_shown: Cell<Instant>,
    ended: bool,
    /// Who takes the lines, where it is not the terminal or the log.
    aside: Option<Sender<String>>,
}

impl Steps {
    /// `total` is how many steps will be begun.
    pub fn new(total: usize) -> Self {
        Self { total, number: 0, started: Instant::now(), aside: None }
    }

    /// Steps that go on beside something else: their lines wait until somebody asks for them.
    pub fn aside(total: usize) -> (Self, Receiver<String>) {
        let (lines, kept) = mpsc::channel();
        (Self { aside: Some(lines), ..Self::new(total) }, kept)
    }

    /// Begins the next step.
    pub fn begin(&mut self, title: &str) -> Step {
        self.number += 1;
        let label = format!("[{}/{}]", self.number, self.total);
        let step = Step {
            title: title.to_owned(),
            label,
            started: Instant::now(),
            last_shown: Cell::new(Instant::now()),
            ended: false,
            aside: self.aside.clone(),
        };
        if step.is_drawn() {
            step.redraw("");
        }
        step
    }

    /// Time since the first step began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Step {
    /// Shows what the step is doing just now. Call it as often as you like, at least once a second.
    pub fn doing(&self, what: &str) {
        let pause =
            if self.is_drawn() { Duration::from_millis(200) } else { Duration::from_secs(20) };
        if self.last_shown.get().elapsed() < pause {
            return;
        }
        self.last_shown.set(Instant::now());
        if self.is_drawn() {
            self.redraw(what);
        } else {
            self.say(format!(
                "{} {} ... {} ({})",
                self.label,
                self.title,
                what.trim(),
                seconds(self.started.elapsed())
            ));
        }
    }

    /// Ends the step well.
    pub fn done(mut self, outcome: &str) {
        self.ended = true;
        self.end(outcome);
    }

    fn end(&self, outcome: &str) {
        let clear = if self.is_drawn() { "\r\x1b[2K" } else { "" };
        self.say(format!(
            "{clear}{} {}: {outcome} ({})",
            self.label,
            self.title,
            seconds(self.started.elapsed())
        ));
    }

    fn say(&self, line: String) {
        match &self.aside {
            // Nobody may be left who wants to know.
            Some(lines) => drop(lines.send(line)),
            None => println!("{line}"),
        }
    }

    /// Whether its line is drawn again and again.
    fn is_drawn(&self) -> bool {
        self.aside.is_none() && stdout().is_terminal()
    }

    fn redraw(&self, what: &str) {
        let line = format!(
            "{} {} ... {} {}",
            self.label,
            self.title,
            seconds(self.started.elapsed()),
            what.trim()
        );
        // A line that wraps could not be redrawn.
        let line: String = line.chars().take(100).collect();
        print!("\r\x1b[2K{line}");
        let _ = stdout().flush();
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.ended {
            self.end("failed");
        }
    }
}

/// `4.2 s` or `2 min 05 s`.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_aside_keep_their_lines_until_they_are_asked_for() {
        let (mut steps, kept) = Steps::aside(2);
        steps.begin("one").done("built");
        drop(steps.begin("two"));
        drop(steps);
        let lines: Vec<String> = kept.iter().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("[1/2] one: built ("), "{lines:?}");
        assert!(lines[1].starts_with("[2/2] two: failed ("), "{lines:?}");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(seconds(Duration::from_millis(4_234)), "4.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
