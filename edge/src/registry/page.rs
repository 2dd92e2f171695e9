//! Patterns of pages, for rules.

/// Longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 300;

/// Longest address that is compared, in bytes. A longer one matches nothing; matching takes time in
/// proportion to both lengths multiplied.
const MAX_PAGE_BYTES: usize = 4096;

/// A pattern such as `/help/*`, or `https://shop.example/*/checkout`. `*` stands for any characters, slashes
/// included, and for none.
///
/// One that starts with `/` is held against the path, any other against the address from its scheme on.
/// What follows `?` or `#` never counts: sites put orders and searches there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PagePattern(String);

/// A text that is not a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PageError {
    /// It could match nothing.
    #[error("a page pattern starts with /, https://, http:// or *")]
    Start,
    /// It asks for what is never compared.
    #[error("a page pattern has no ? and no #: what follows them does not count")]
    Query,
    /// It has characters that addresses do not have.
    #[error(
        "a page pattern has no spaces and other letters as the browser sends them, as in %C3%BC"
    )]
    Character,
}

impl PagePattern {
    /// Checks `text`.
    ///
    /// # Errors
    /// The first of [`PageError`] that applies.
    pub fn parse(text: &str) -> Result<Self, PageError> {
        if !["/", "https://", "http://", "*"].iter().any(|it| text.starts_with(it)) {
            return Err(PageError::Start);
        }
        if text.contains(['?', '#']) {
            return Err(PageError::Query);
        }
        if !text.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(PageError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether `page`, an absolute address, is one of those meant.
    #[must_use]
    pub fn matches(&self, page: &str) -> bool {
        if page.len() > MAX_PAGE_BYTES {
            return false;
        }
        let page = page.split(['?', '#']).next().unwrap_or(page);
        if !self.0.starts_with('/') {
            return glob(self.0.as_bytes(), page.as_bytes());
        }
        let Some((_, rest)) = page.split_once("://") else {
            return false;
        };
        let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
        glob(self.0.as_bytes(), path.as_bytes())
    }
}

/// Whether `text` is made as `pattern` says, `*` standing for any bytes.
///
/// On a mismatch only the last `*` takes one more byte: an earlier one could gain nothing that the last
/// cannot, so there is no recursion.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(expected) if expected == byte => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, taken)) => {
                    retry = Some((after_star, taken + 1));
                    (p, t) = (after_star, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|it| *it == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, page: &str) -> bool {
        PagePattern::parse(pattern).unwrap().matches(page)
    }

    #[test]
    fn a_path_is_matched_on_any_site() {
        for page in ["https://shop.example/help/returns?order=1#top", "http://localhost:8000/help/"]
        {
            assert!(matches("/help/*", page), "{page}");
        }
        for page in [
            "https://shop.example/help",
            "https://shop.example/de/help/x",
            "https://shop.example/?/help/x",
            "/help/x",
            "help",
            "",
        ] {
            assert!(!matches("/help/*", page), "{page}");
        }
        assert!(matches("/", "https://shop.example"));
        assert!(matches("/", "https://shop.example/?a=b"));
        assert!(!matches("/", "https://shop.example/a"));
        assert!(matches("/*/checkout", "https://shop.example/de/cart/checkout"));
    }

    #[test]
    fn an_address_is_matched_from_its_scheme_on() {
        let pattern = "https://shop.example/de/*";
        assert!(matches(pattern, "https://shop.example/de/a"));
        assert!(!matches(pattern, "https://evil.example/https://shop.example/de/a"));
        assert!(matches("*/checkout", "https://shop.example/de/checkout"));
        assert!(!matches("*/checkout", "https://shop.example/?x=/checkout"));
    }

    #[test]
    fn stars_take_what_they_must() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("**", "a", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-c-", false),
            ("a*bc", "abcbc", true),
            ("a", "", false),
            ("", "a", false),
            ("a*", "a", true),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_page_made_to_be_slow_is_not() {
        let pattern = PagePattern::parse(&format!("/{}", "*a".repeat(140))).unwrap();
        let page = format!("https://x/{}b", "a".repeat(MAX_PAGE_BYTES - 20));
        assert!(!pattern.matches(&page));
        let long = format!("https://x/{}", "a".repeat(MAX_PAGE_BYTES));
        assert!(!matches("*", &long), "longer than is looked at");
    }

    #[test]
    fn patterns_that_match_nothing_are_refused() {
        let error = |text| PagePattern::parse(text).unwrap_err();
        assert_eq!(error("help/*"), PageError::Start);
        assert_eq!(error(""), PageError::Start);
        assert_eq!(error("/help?x=*"), PageError::Query);
        assert_eq!(error("/help#x"), PageError::Query);
        assert_eq!(error("/hilfe/über"), PageError::Character);
        assert_eq!(error("/a b"), PageError::Character);
    }
}
