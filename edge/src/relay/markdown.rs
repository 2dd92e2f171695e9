//! Agents' Markdown as the small tree that the widget draws.
//!
//! Kustomer's agents write CommonMark (source: docs/VENDORS.md, "Kustomer", "Texts"). HTML is text here, never markup;
//! images are links, so that a visitor's browser asks nobody unless she wants it to; links lead to the web or to a
//! mail address and nowhere else. A line break is one: nobody wraps lines in a chat.

use parlor_shared::wire::{Block, Span};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::richtext;

/// The tree of a text.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let text: String =
        text.chars().filter(|it| !it.is_control() || matches!(it, '\n' | '\t')).collect();
    let mut builder = Builder::default();
    for event in Parser::new_ext(&text, Options::empty()) {
        builder.take(event);
    }
    builder.finish()
}

#[derive(Default)]
struct Builder {
    blocks: Vec<Block>,
    /// What is open inside the line, outermost first; below all of it the line itself.
    open: Vec<Inline>,
    line: Vec<Span>,
    list: Option<List>,
    code: Option<String>,
    links: Vec<Link>,
    heading: bool,
}

struct Inline {
    kind: Kind,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Strong,
    Emphasis,
    /// Too deep to be worth it: its words stand without it.
    Ignored,
}

struct List {
    /// Of the outermost: the tree has lists of one level, so inner items follow their outer one.
    start: Option<u64>,
    depth: usize,
    items: Vec<Vec<Span>>,
}

struct Link {
    href: String,
    text: String,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                match self.links.last_mut() {
                    Some(link) => link.text.push_str(&text),
                    None => self.span(Span::Code(text.into_string())),
                }
            }
            Event::SoftBreak | Event::HardBreak => match self.links.last_mut() {
                Some(link) => link.text.push(' '),
                None => self.span(Span::Break {}),
            },
            Event::Rule | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.begin_line(),
            Tag::Heading { .. } => {
                self.begin_line();
                self.heading = true;
            }
            Tag::CodeBlock(_) => self.code = Some(String::new()),
            Tag::List(start) => match &mut self.list {
                Some(list) => {
                    list.depth += 1;
                    self.end_item();
                }
                None => {
                    self.end_line();
                    self.list = Some(List { start, depth: 1, items: Vec::new() });
                }
            },
            Tag::Item => self.end_item(),
            Tag::Strong => self.begin(Kind::Strong),
            Tag::Emphasis => self.begin(Kind::Emphasis),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let href = dest_url.into_string();
                self.links.push(Link { href, text: String::new() });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::Heading(_) if self.list.is_none() => {
                self.end_line();
            }
            TagEnd::CodeBlock => {
                let Some(code) = self.code.take().filter(|code| !code.trim().is_empty()) else {
                    return;
                };
                if self.list.is_some() {
                    self.begin_line();
                    self.span(Span::Code(code.trim_end().to_owned()));
                } else {
                    self.end_line();
                    self.blocks.push(Block::Code(code));
                }
            }
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => {
                self.end_item();
                if let Some(list) = &mut self.list {
                    list.depth -= 1;
                    if list.depth == 0 {
                        self.end_list();
                    }
                }
            }
            TagEnd::Strong | TagEnd::Emphasis => self.close(),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.push_str(text);
        } else if let Some(link) = self.links.last_mut() {
            link.text.push_str(text);
        } else {
            for span in richtext::spans(text.trim_end_matches('\n')) {
                self.span(span);
            }
        }
    }

    fn span(&mut self, span: Span) {
        let spans = self.open.last_mut().map_or(&mut self.line, |inline| &mut inline.spans);
        match (spans.last_mut(), span) {
            // The parser cuts texts where markup might have begun.
            (Some(Span::Text(before)), Span::Text(after)) => before.push_str(&after),
            (_, span) => spans.push(span),
        }
    }

    fn begin(&mut self, kind: Kind) {
        let kind = if self.open.len() < MAX_DEPTH { kind } else { Kind::Ignored };
        self.open.push(Inline { kind, spans: Vec::new() });
    }

    fn close(&mut self) {
        let Some(Inline { kind, spans }) = self.open.pop() else { return };
        match kind {
            _ if spans.is_empty() => {}
            Kind::Strong => self.span(Span::Strong(spans)),
            Kind::Emphasis => self.span(Span::Emphasis(spans)),
            Kind::Ignored => spans.into_iter().for_each(|span| self.span(span)),
        }
    }

    /// An image in a link is part of its words.
    fn end_link(&mut self) {
        let Some(Link { href, text }) = self.links.pop() else { return };
        if let Some(outer) = self.links.last_mut() {
            outer.text.push_str(&text);
            return;
        }
        let text = if text.trim().is_empty() { href.clone() } else { text };
        if is_safe(&href) {
            self.span(Span::Link { href, text });
        } else {
            self.span(Span::Text(text));
        }
    }

    /// Paragraphs of one item are lines of it.
    fn begin_line(&mut self) {
        if self.list.is_some() && !self.line.is_empty() {
            self.line.push(Span::Break {});
        }
    }

    fn end_line(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
        let mut line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.heading) && !line.is_empty() {
            line = vec![Span::Strong(line)];
        }
        while matches!(line.last(), Some(Span::Break {})) {
            line.pop();
        }
        if !line.is_empty() {
            self.blocks.push(Block::Paragraph(line));
        }
    }

    fn end_item(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
        self.heading = false;
        let line = std::mem::take(&mut self.line);
        if let Some(list) = self.list.as_mut().filter(|_| !line.is_empty()) {
            list.items.push(line);
        }
    }

    fn end_list(&mut self) {
        let Some(List { start, items, .. }) = self.list.take() else { return };
        match start {
            None => self.blocks.push(Block::List { ordered: false, items }),
            Some(1) => self.blocks.push(Block::List { ordered: true, items }),
            // The tree's lists count from 1, and "1986. A good year." is no list at all.
            Some(start) => {
                for (number, mut item) in (start..).zip(items) {
                    item.insert(0, Span::Text(format!("{number}. ")));
                    self.blocks.push(Block::Paragraph(item));
                }
            }
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.end_line();
        self.blocks
    }
}

/// Only these schemes may become a link: `javascript:` and its like stay text.
fn is_safe(href: &str) -> bool {
    let schemes = ["http://", "https://", "mailto:", "tel:"];
    let starts = |scheme: &&str| {
        href.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    schemes.iter().any(starts)
}

/// Deepest stress inside stress. Readers of JSON bound their depth, and a stored event must be readable.
const MAX_DEPTH: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Span {
        Span::Text(text.to_owned())
    }

    fn link(href: &str, text: &str) -> Span {
        Span::Link { href: href.to_owned(), text: text.to_owned() }
    }

    fn paragraph(spans: Vec<Span>) -> Block {
        Block::Paragraph(spans)
    }

    #[test]
    fn stress_code_and_breaks() {
        assert_eq!(
            blocks("It **ships *today***, `SKU-1`\nsorry\n\nBye"),
            [
                paragraph(vec![
                    text("It "),
                    Span::Strong(vec![text("ships "), Span::Emphasis(vec![text("today")])]),
                    text(", "),
                    Span::Code("SKU-1".to_owned()),
                    Span::Break {},
                    text("sorry"),
                ]),
                paragraph(vec![text("Bye")]),
            ]
        );
    }

    #[test]
    fn links_lead_to_safe_places_only() {
        assert_eq!(
            blocks(
                "[shop](https://shop.example/a) [x](javascript:alert(1)) [y](data:text/html,z) <mailto:a@b.example> [t](TEL:+1)"
            ),
            [paragraph(vec![
                link("https://shop.example/a", "shop"),
                text(" x y "),
                link("mailto:a@b.example", "mailto:a@b.example"),
                text(" "),
                link("TEL:+1", "t"),
            ])]
        );
        assert_eq!(
            blocks("see https://shop.example/a_b_c. ok"),
            [paragraph(vec![
                text("see "),
                link("https://shop.example/a_b_c", "https://shop.example/a_b_c"),
                text(". ok")
            ])]
        );
        assert_eq!(
            blocks("[a\u{0}b](java\u{1}script:x) \u{1b}[c](https://x.example/\u{1})"),
            [paragraph(vec![text("ab "), link("https://x.example/", "c")])]
        );
    }

    #[test]
    fn images_are_links_and_html_is_text() {
        assert_eq!(
            blocks("![the parcel](https://img.example/1.png) ![](https://img.example/2.png)"),
            [paragraph(vec![
                link("https://img.example/1.png", "the parcel"),
                text(" "),
                link("https://img.example/2.png", "https://img.example/2.png"),
            ])]
        );
        assert_eq!(
            blocks("a <b>c</b> <img src=x onerror=alert(1)> &lt;i&gt; &amp;"),
            [paragraph(vec![text("a <b>c</b> <img src=x onerror=alert(1)> <i> &")])]
        );
        assert_eq!(
            blocks("<script>\nalert(1)\n</script>"),
            [paragraph(vec![text("<script>alert(1)</script>")])]
        );
    }

    #[test]
    fn lists_have_one_level() {
        assert_eq!(
            blocks("Take:\n- one\n- **two**\n  - inner\n\n1. first\n2. second\n\n   more"),
            [
                paragraph(vec![text("Take:")]),
                Block::List {
                    ordered: false,
                    items: vec![
                        vec![text("one")],
                        vec![Span::Strong(vec![text("two")])],
                        vec![text("inner")],
                    ],
                },
                Block::List {
                    ordered: true,
                    items: vec![
                        vec![text("first")],
                        vec![text("second"), Span::Break {}, text("more")],
                    ],
                },
            ]
        );
        assert_eq!(
            blocks("1986. A good year."),
            [paragraph(vec![text("1986. "), text("A good year.")])]
        );
    }

    #[test]
    fn headings_quotes_and_code_blocks() {
        assert_eq!(
            blocks("# Hours\n> nine to five\n\n```js\nlet x = \"<b>\";\n```"),
            [
                paragraph(vec![Span::Strong(vec![text("Hours")])]),
                paragraph(vec![text("nine to five")]),
                Block::Code("let x = \"<b>\";\n".to_owned()),
            ]
        );
    }

    #[test]
    fn nothing_makes_no_block() {
        for nothing in ["", " \n\n ", "---", "[]()", "```\n```", "- "] {
            assert!(blocks(nothing).iter().all(|block| *block != paragraph(vec![])), "{nothing}");
        }
        assert!(blocks("\n \n").is_empty());
    }

    /// What an agent sends may be of any making; it must come back from storage.
    #[test]
    fn depth_is_bounded() {
        for piece in ["*a **b ", "> ", "- ", "[", "![x](", "<b>", "`", "**", "_*", "1. > - "] {
            let body = blocks(&piece.repeat(4_000));
            let json = serde_json::to_string(&body).unwrap();
            let back: Vec<Block> = serde_json::from_str(&json).unwrap();
            assert_eq!(back, body, "{piece}");
        }
    }
}
