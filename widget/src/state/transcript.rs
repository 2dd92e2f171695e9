//! The conversation as a text file, for the visitor to keep.

use super::{
    heard::plain,
    rows::{Calendar, nobody_text, transfer_title},
    thread::{Item, Kind, Progress, Thread},
    words::{Word, Words},
};

/// All that was said, a line for each thing that happened; what did not get through is left out.
#[must_use]
pub fn transcript(thread: &Thread, title: &str, calendar: &dyn Calendar, words: &Words) -> String {
    let mut text = [title, "\n"].concat();
    let mut day = None;
    for item in &thread.items {
        let Some((who, what)) = line(item, calendar, words) else {
            continue;
        };
        if day.replace(calendar.day(item.at)) != Some(calendar.day(item.at)) {
            text.push('\n');
            text.push_str(&calendar.date(item.at));
            text.push('\n');
        }
        text.push_str(&calendar.time(item.at));
        text.push_str("  ");
        if let Some(who) = who {
            text.push_str(who);
            text.push_str(": ");
        }
        // A message of several lines stays one entry.
        for (at, line) in what.split('\n').enumerate() {
            if at > 0 {
                text.push_str("\n    ");
            }
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

fn line<'a>(
    item: &'a Item,
    calendar: &dyn Calendar,
    words: &'a Words,
) -> Option<(Option<&'a str>, String)> {
    let named =
        |word, name: &str| words.fill(word, &[("name", name), ("time", &calendar.time(item.at))]);
    Some(match &item.kind {
        Kind::Visitor { progress: Progress::Failed(_), .. } => return None,
        Kind::Visitor { text, .. } => (Some(words.get(Word::You)), text.clone()),
        Kind::Agent { agent, withdrawn: true, .. } => {
            (Some(&agent.name), words.get(Word::Withdrawn).to_owned())
        }
        Kind::Agent { agent, body, .. } => (Some(&agent.name), plain(body)),
        Kind::Joined(agent) => (None, named(Word::Joined, &agent.name)),
        Kind::Left(agent) => (None, named(Word::Left, &agent.name)),
        Kind::FileRequested(agent) => (None, named(Word::FileRequested, &agent.name)),
        Kind::Transfer { from, to } => (None, transfer_title(from.as_ref(), to.as_deref(), words)),
        Kind::Nobody(nobody) => (None, nobody_text(nobody, words)),
        Kind::Ended { by, name } => {
            let name = name.as_deref();
            (None, named(super::rows::ended_word(by, name), name.unwrap_or_default()))
        }
    })
}
