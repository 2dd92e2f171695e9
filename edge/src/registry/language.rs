//! In which language the panel speaks: the widget's locale files, one of which goes along with the frame's document.

/// A language that there is a locale file for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Language {
    /// Primary tag, as the file is called.
    pub tag: &'static str,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
}

/// All there are; the first is the one for everybody else. `widget/locales` holds the same.
pub const LANGUAGES: [Language; 4] = [
    Language { tag: "en", direction: "ltr" },
    Language { tag: "de", direction: "ltr" },
    Language { tag: "es", direction: "ltr" },
    Language { tag: "ar", direction: "rtl" },
];

impl Language {
    /// What the site asked for (`de`, `de-AT`), or else the first that the browser accepts and that there is.
    ///
    /// Of `Accept-Language` the order counts, not the weights: browsers send them falling.
    #[must_use]
    pub fn choose(asked: Option<&str>, accepted: &str) -> Self {
        asked
            .into_iter()
            .chain(accepted.split(','))
            .find_map(|range| {
                let range = range.split(';').next().unwrap_or_default().trim();
                let primary = range.split(['-', '_']).next().unwrap_or_default();
                LANGUAGES.into_iter().find(|known| known.tag.eq_ignore_ascii_case(primary))
            })
            .unwrap_or(ENGLISH)
    }
}

const ENGLISH: Language = Language { tag: "en", direction: "ltr" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_comes_before_the_browser_and_english_before_nothing() {
        let tag = |asked, accepted| Language::choose(asked, accepted).tag;
        assert_eq!(tag(Some("es-MX"), "de"), "es");
        assert_eq!(tag(None, "fr-CH, fr;q=0.9, de-AT;q=0.8, en;q=0.7"), "de");
        assert_eq!(tag(Some("tlh"), "AR"), "ar", "a language that is not there is passed over");
        assert_eq!(tag(None, ""), "en");
        assert_eq!(tag(Some("../../etc"), "*"), "en");
        assert_eq!(Language::choose(Some("ar"), "").direction, "rtl");
    }

    #[test]
    fn each_language_has_its_files_and_each_file_its_language() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../widget/locales");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().replace(".json", ""))
            .collect();
        found.sort();
        let files = |tag: &str| [tag.to_owned(), format!("{tag}.later")];
        let mut known: Vec<String> =
            LANGUAGES.iter().flat_map(|language| files(language.tag)).collect();
        known.sort();
        assert_eq!(found, known);
    }
}
