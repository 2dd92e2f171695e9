//! Agents' text as the small tree that the widget draws.
//!
//! Live Agent sends plain text in which characters may be HTML entities and addresses stand bare
//! (source: docs/VENDORS.md, "ChatMessage"). Tags are text here, never markup.

use linkify::{LinkFinder, LinkKind};
use parlor_shared::wire::{Block, Span};

/// The tree of a plain text with entities and bare addresses.
#[must_use]
pub fn from_plain(text: &str) -> Vec<Block> {
    let decoded = html_escape::decode_html_entities(text).replace("\r\n", "\n");
    decoded
        .split("\n\n")
        .map(|paragraph| paragraph.trim_matches('\n'))
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(|paragraph| Block::Paragraph(spans(paragraph)))
        .collect()
}

/// A tree as plain text, for agents who read what others said.
#[must_use]
pub fn to_plain(body: &[Block]) -> String {
    let block = |block: &Block| match block {
        Block::Paragraph(spans) => spans_to_plain(spans),
        Block::List { items, .. } => items
            .iter()
            .map(|item| format!("- {}", spans_to_plain(item)))
            .collect::<Vec<_>>()
            .join("\n"),
        Block::Code(text) => text.clone(),
        Block::Choices(choices) => choices.join(" / "),
    };
    body.iter().map(block).collect::<Vec<String>>().join("\n")
}

fn spans_to_plain(spans: &[Span]) -> String {
    let span = |span: &Span| match span {
        Span::Text(text) | Span::Link { text, .. } | Span::Code(text) => text.clone(),
        Span::Strong(spans) | Span::Emphasis(spans) => spans_to_plain(spans),
        Span::Break {} => "\n".to_owned(),
    };
    spans.iter().map(span).collect()
}

/// Lines of plain text with bare addresses.
pub(super) fn spans(paragraph: &str) -> Vec<Span> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url, LinkKind::Email]);
    let mut spans = Vec::new();
    for (at, line) in paragraph.split('\n').enumerate() {
        if at > 0 {
            spans.push(Span::Break {});
        }
        for part in finder.spans(line) {
            let text = part.as_str().to_owned();
            let span = match part.kind() {
                Some(LinkKind::Email) => Span::Link { href: format!("mailto:{text}"), text },
                Some(_) if is_web_address(&text) => Span::Link { href: text.clone(), text },
                _ => Span::Text(text),
            };
            spans.push(span);
        }
    }
    spans
}

/// Only these schemes may become a link: `javascript:` and its like stay text.
fn is_web_address(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Span {
        Span::Text(text.to_owned())
    }

    #[test]
    fn entities_are_characters_and_tags_are_text() {
        assert_eq!(
            from_plain("Tom &amp; Ann&#39;s &lt;b&gt;shop&lt;/b&gt; <i>x</i>"),
            [Block::Paragraph(vec![text("Tom & Ann's <b>shop</b> <i>x</i>")])]
        );
    }

    #[test]
    fn lines_break_and_blank_lines_part_paragraphs() {
        assert_eq!(
            from_plain("one\r\ntwo\n\n\nthree"),
            [
                Block::Paragraph(vec![text("one"), Span::Break {}, text("two")]),
                Block::Paragraph(vec![text("three")]),
            ]
        );
    }

    #[test]
    fn only_web_and_mail_addresses_become_links() {
        assert_eq!(
            from_plain(
                "See https://shop.example/a?b=1. Or me@shop.example, not javascript:alert(1) or ftp://x.example"
            ),
            [Block::Paragraph(vec![
                text("See "),
                Span::Link {
                    href: "https://shop.example/a?b=1".into(),
                    text: "https://shop.example/a?b=1".into()
                },
                text(". Or "),
                Span::Link {
                    href: "mailto:me@shop.example".into(),
                    text: "me@shop.example".into()
                },
                text(", not javascript:alert(1) or "),
                text("ftp://x.example"),
            ])]
        );
    }

    #[test]
    fn nothing_makes_no_block() {
        assert!(from_plain("  \n \n\n").is_empty());
    }
}
