//! The agents' page: one frame for all desks, and in it the parts of one desk.

use std::collections::HashMap;

/// The page of a desk from its parts, each of which stands under a line `<!-- name -->`. A place whose part the desk
/// does not have stays empty.
pub(super) fn around(parts: &str) -> String {
    let parts = read(parts);
    let mut page = String::new();
    let mut rest = FRAME;
    while let Some((before, (name, after))) = next_place(rest) {
        page.push_str(before);
        page.push_str(parts.get(name).map_or("", |part| part.as_str()));
        rest = after;
    }
    page + rest
}

/// What stands before the next `{{name}}`, the name, and what stands after.
fn next_place(text: &str) -> Option<(&str, (&str, &str))> {
    let (before, rest) = text.split_once("{{")?;
    Some((before, rest.split_once("}}")?))
}

fn read(parts: &str) -> HashMap<&str, String> {
    let mut read = HashMap::<&str, String>::new();
    let mut name = "";
    for line in parts.lines() {
        match line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) {
            Some(next) => name = next,
            None => {
                let part = read.entry(name).or_default();
                if !part.is_empty() {
                    part.push('\n');
                }
                part.push_str(line);
            }
        }
    }
    read
}

const FRAME: &str = include_str!("../page/frame.html");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DESKS: [&str; 2] =
        [include_str!("../page/live_agent.html"), include_str!("../page/kustomer.html")];

    #[test]
    fn every_part_has_a_place_and_no_place_is_shown() {
        let mut places = BTreeSet::new();
        let mut rest = FRAME;
        while let Some((_, (name, after))) = next_place(rest) {
            places.insert(name);
            rest = after;
        }
        for parts in DESKS {
            let page = around(parts);
            assert!(!page.contains("{{") && !page.contains("<!--"), "{page}");
            for (name, part) in read(parts) {
                assert!(places.contains(name), "no place for {name}");
                assert!(page.contains(&part), "{name} is not in the page");
            }
        }
    }
}
