//! Everything that crosses a boundary, as text with virtual time.

use std::{fmt::Write, time::Duration};

use parlor_shared::wire::{Block, ClientFrame, ServerFrame, Span, What};

/// Lines of what crossed, in order. No key enters it: desk calls are written by name and number.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    lines: Vec<String>,
}

impl Trace {
    /// Adds a line. `way` is `link    ->`, `desk    <-` and the like.
    pub fn add(&mut self, at: Duration, way: &str, what: &str) {
        self.lines.push(format!("{:.1}  {way} {what}", at.as_secs_f64()).trim_end().to_owned());
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// A client's frame in a few words. `name` turns message ids into the story's own.
pub fn client_frame(frame: &ClientFrame, name: impl Fn(&str) -> String) -> String {
    match frame {
        ClientFrame::Hello { after, .. } => format!("hello after {after}"),
        ClientFrame::Say { id, text } => format!("say {} {text}", name(id.as_str())),
        ClientFrame::Retry { id } => format!("retry {}", name(id.as_str())),
        ClientFrame::Typing { on } => format!("typing {}", on_off(*on)),
        ClientFrame::End {} => "end".to_owned(),
        ClientFrame::Stay {} => "stay".to_owned(),
        ClientFrame::Peek { text } => format!("peek {text}"),
        ClientFrame::Rate { score, .. } => format!("rate {score}"),
    }
}

/// A server's frame in a few words.
pub fn server_frame(frame: &ServerFrame, name: impl Fn(&str) -> String) -> String {
    match frame {
        ServerFrame::Welcome { last, .. } => format!("welcome last {last}"),
        ServerFrame::Event(event) => format!("{} {}", event.seq, what(&event.what, name)),
        ServerFrame::Accepted { id, seq } => format!("accepted {} {seq}", name(id.as_str())),
        ServerFrame::Typing { on } => format!("typing {}", on_off(*on)),
        ServerFrame::Capabilities(_) => "capabilities".to_owned(),
        ServerFrame::Idle { ends_in_s: Some(ends_in_s) } => format!("idle, ends in {ends_in_s}"),
        ServerFrame::Idle { ends_in_s: None } => "idle no more".to_owned(),
        ServerFrame::Refused { id, code, .. } => {
            let id = id.as_ref().map_or_else(String::new, |id| format!("{} ", name(id.as_str())));
            format!("refused {id}{code}")
        }
    }
}

/// An event in a few words.
pub fn what(what: &What, name: impl Fn(&str) -> String) -> String {
    match what {
        What::Visitor { id, text } => format!("visitor {} {text}", name(id.as_str())),
        What::Agent { agent, body, auto } => {
            let says = if *auto { "says by itself" } else { "says" };
            format!("{} {says} {}", agent.name, plain(body))
        }
        What::Redacted { of } => format!("redacted {of}"),
        What::Delivered { of } => format!("delivered {of}"),
        What::Failed { of, reason } => format!("failed {of} {}", String::from(reason.clone())),
        What::Retried { of } => format!("retried {of}"),
        What::Requested {} => "requested".to_owned(),
        What::Queued { place, wait_s } => {
            let mut line = "queued".to_owned();
            if let Some(place) = place {
                let _ = write!(line, " place {place}");
            }
            if let Some(wait_s) = wait_s {
                let _ = write!(line, " wait {wait_s}");
            }
            line
        }
        What::Joined { agent } => format!("{} joined", agent.name),
        What::Left { agent } => format!("{} left", agent.name),
        What::Transferring { to: Some(to) } => format!("transferring to {to}"),
        What::Transferring { to: None } => "transferring".to_owned(),
        What::Hidden { of } => format!("hidden {of}"),
        What::FileRequested { agent } => format!("{} asks for a file", agent.name),
        What::Custom { kind, data } => format!("custom {kind} {data}"),
        What::Unavailable { reason, text, leave_message } => {
            let mut line = "unavailable".to_owned();
            if let Some(reason) = reason {
                let _ = write!(line, " {}", String::from(reason.clone()));
            }
            if let Some(text) = text {
                let _ = write!(line, ", says {text}");
            }
            if *leave_message {
                line.push_str(", takes a message");
            }
            line
        }
        What::Ended { by } => format!("ended by {}", String::from(by.clone())),
        What::Reopened {} => "reopened".to_owned(),
        What::Rated { score, note } => match note {
            Some(note) => format!("rated {score}, says {note}"),
            None => format!("rated {score}"),
        },
    }
}

/// The words of an agent's message.
#[must_use]
pub fn plain(body: &[Block]) -> String {
    let mut text = String::new();
    for block in body {
        if !text.is_empty() {
            text.push_str(" / ");
        }
        match block {
            Block::Choices(choices) => {
                let _ = write!(text, "[{}]", choices.join("] ["));
            }
            Block::Paragraph(spans) => plain_spans(spans, &mut text),
            Block::List { ordered, items } => {
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at == 0 { "" } else { " " });
                    text.push_str(&if *ordered {
                        format!("{}. ", at + 1)
                    } else {
                        "- ".to_owned()
                    });
                    plain_spans(item, &mut text);
                }
            }
            Block::Code(code) => text.push_str(&code.trim_end().replace('\n', " ")),
        }
    }
    text
}

fn plain_spans(spans: &[Span], text: &mut String) {
    for span in spans {
        match span {
            Span::Text(part) | Span::Link { text: part, .. } | Span::Code(part) => {
                text.push_str(part);
            }
            Span::Break {} => text.push(' '),
            Span::Strong(spans) | Span::Emphasis(spans) => plain_spans(spans, text),
        }
    }
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
