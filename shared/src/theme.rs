//! The colours that follow from a site's accent, so that whatever an admin picks can be read.
//!
//! One pure function, [`derive`]: the edge sends what it returns, and the widget knows no colour maths. Steps are taken
//! in OKLCH, where a step of lightness looks the same whatever the hue: lightness moves by .005, hue stays, and chroma
//! shrinks only where sRGB ends.

use serde::{Deserialize, Serialize};

/// A colour of sRGB, written `#rrggbb`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

/// A text that is not `#rrggbb`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a colour is written as #rrggbb")]
pub struct ColourError;

/// What is derived for one scheme. The names are those of the panel's custom properties, without their prefix.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tokens {
    /// Launcher, primary buttons, the site's mark.
    pub accent: Colour,
    /// Text on it.
    pub on_accent: Colour,
    /// Edge of shapes in the accent.
    pub accent_edge: Colour,
    /// Links, icons, chips.
    pub accent_ink: Colour,
    /// Bubbles that wait, what is chosen.
    pub accent_soft: Colour,
    /// The visitor's bubble.
    pub out: Colour,
    /// Text on it.
    pub on_out: Colour,
}

/// What [`derive`] returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// On white.
    pub light: Tokens,
    /// On the dark panel.
    pub dark: Tokens,
    /// What is not as given, with its figure.
    pub changes: Vec<Change>,
}

/// A colour that is not as given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// `light` or `dark`.
    pub scheme: &'static str,
    /// Which token.
    pub token: &'static str,
    /// What it was given as.
    pub from: Colour,
    /// What it became.
    pub to: Colour,
    /// Contrast that it has now where it is read.
    pub contrast: f64,
}

impl Colour {
    /// Parses `#rrggbb`.
    ///
    /// # Errors
    /// [`ColourError`].
    pub fn parse(text: &str) -> Result<Self, ColourError> {
        let digits = text.strip_prefix('#').filter(|it| it.len() == 6).ok_or(ColourError)?;
        if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(ColourError);
        }
        let [_, r, g, b] = u32::from_str_radix(digits, 16).map_err(|_| ColourError)?.to_be_bytes();
        Ok(Self([r, g, b]))
    }

    /// Contrast as WCAG 2 has it: 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn darker(self, other: Self) -> Self {
        if self.luminance() <= other.luminance() { self } else { other }
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(text: String) -> Result<Self, ColourError> {
        Self::parse(&text)
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

/// Derives all that follows from an accent, and from another one for the dark scheme where the site has one.
#[must_use]
pub fn derive(given: Colour, given_dark: Option<Colour>) -> Derived {
    let mut changes = Vec::new();
    let light = light(given, &mut changes);
    let dark = dark(given_dark.unwrap_or(given), &mut changes);
    Derived { light, dark, changes }
}

fn light(given: Colour, changes: &mut Vec<Change>) -> Tokens {
    let white = given.contrast(WHITE);
    // A yellow stays a yellow: what no step would save carries dark text.
    let on_accent = if white < EDGE { DARK_TEXT } else { WHITE };
    let accent = if white < EDGE { given } else { darkened(given, WHITE, TEXT) };
    let accent_soft = Oklch::of(given).at(0.955, 0.022);
    let behind = accent_soft.darker(BUBBLE);
    let accent_ink = darkened(accent, behind, TEXT);
    let accent_edge = darkened(accent, behind, EDGE);
    for (token, to, on) in [
        ("accent", accent, on_accent),
        ("accent-edge", accent_edge, behind),
        ("accent-ink", accent_ink, behind),
        ("out", accent, on_accent),
    ] {
        note(changes, "light", token, given, to, on);
    }
    Tokens {
        accent,
        on_accent,
        accent_edge,
        accent_ink,
        accent_soft,
        out: accent,
        on_out: on_accent,
    }
}

fn dark(given: Colour, changes: &mut Vec<Change>) -> Tokens {
    let own = Oklch::of(given);
    let accent = if given.contrast(DARK_SURFACE) >= DARK_ACCENT {
        given
    } else {
        own.moved(0.76, 0.10, STEP, |it| it.contrast(DARK_SURFACE) >= DARK_ACCENT)
    };
    let on_accent = own.at(0.22, 0.04);
    let out = own.moved(0.45, 0.10, -STEP, |it| it.contrast(WHITE) >= DARK_OUT);
    for (token, to, on) in [
        ("accent", accent, DARK_SURFACE),
        ("accent-edge", accent, DARK_SURFACE),
        ("accent-ink", accent, DARK_SURFACE),
        ("out", out, WHITE),
    ] {
        note(changes, "dark", token, given, to, on);
    }
    Tokens {
        accent,
        on_accent,
        accent_edge: accent,
        accent_ink: accent,
        accent_soft: own.at(0.29, 0.03),
        out,
        on_out: WHITE,
    }
}

fn note(
    changes: &mut Vec<Change>,
    scheme: &'static str,
    token: &'static str,
    from: Colour,
    to: Colour,
    on: Colour,
) {
    if from != to {
        changes.push(Change { scheme, token, from, to, contrast: to.contrast(on) });
    }
}

/// `colour` if it has this contrast on `on`, or else the first darker one that does.
fn darkened(colour: Colour, on: Colour, contrast: f64) -> Colour {
    if colour.contrast(on) >= contrast {
        return colour;
    }
    let own = Oklch::of(colour);
    own.moved(own.l - STEP, own.c, -STEP, |it| it.contrast(on) >= contrast)
}

/// Lightness, chroma, and the hue as a direction.
#[derive(Clone, Copy)]
struct Oklch {
    l: f64,
    c: f64,
    hue: (f64, f64),
}

impl Oklch {
    fn of(colour: Colour) -> Self {
        let [r, g, b] = colour.0.map(linear);
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        let x = 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s;
        let y = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s;
        let c = x.hypot(y);
        // A grey has no hue.
        let hue = if c > 1e-6 { (x / c, y / c) } else { (0.0, 0.0) };
        Self { l: 0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s, c, hue }
    }

    /// The colour of this hue at another lightness, with at most so much chroma, and less where sRGB ends.
    fn at(self, l: f64, most: f64) -> Colour {
        let mut c = self.c.min(most);
        loop {
            let rgb = Self { l, c, ..self }.to_linear();
            if c <= 0.0 || rgb.iter().all(|it| (-1e-4..=1.0 + 1e-4).contains(it)) {
                return Colour(rgb.map(byte));
            }
            c = (c - 0.002).max(0.0);
        }
    }

    /// The first colour from lightness `l` on, in steps, of which `good` holds.
    fn moved(self, mut l: f64, most: f64, step: f64, good: impl Fn(Colour) -> bool) -> Colour {
        loop {
            let colour = self.at(l, most);
            if good(colour) || !(0.0..=1.0).contains(&l) {
                return colour;
            }
            l += step;
        }
    }

    fn to_linear(self) -> [f64; 3] {
        let (x, y) = (self.c * self.hue.0, self.c * self.hue.1);
        let l = (self.l + 0.396_337_777_4 * x + 0.215_803_757_3 * y).powi(3);
        let m = (self.l - 0.105_561_345_8 * x - 0.063_854_172_8 * y).powi(3);
        let s = (self.l - 0.089_484_177_5 * x - 1.291_485_548_0 * y).powi(3);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ]
    }
}

fn linear(byte: u8) -> f64 {
    let value = f64::from(byte) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn byte(linear: f64) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let value =
        if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0 to 1 before"
    )]
    let byte = (value * 255.0).round() as u8;
    byte
}

/// One step of lightness.
const STEP: f64 = 0.005;

/// Contrast of text, and of edges and icons that matter.
const TEXT: f64 = 4.5;
const EDGE: f64 = 3.0;

/// Contrast of the accent on the dark panel, and of white in the visitor's bubble there.
const DARK_ACCENT: f64 = 7.0;
const DARK_OUT: f64 = 5.5;

const WHITE: Colour = Colour([0xff, 0xff, 0xff]);
const DARK_TEXT: Colour = Colour([0x11, 0x1a, 0x17]);
/// The agent's bubble on white: the darkest that the accent's ink stands on.
const BUBBLE: Colour = Colour([0xef, 0xf2, 0xf0]);
const DARK_SURFACE: Colour = Colour([0x16, 0x1b, 0x19]);

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        Colour::parse(text).unwrap()
    }

    fn shown(tokens: Tokens) -> String {
        let Tokens { accent, on_accent, accent_edge, accent_ink, accent_soft, out, .. } = tokens;
        format!("{accent} {on_accent} {accent_edge} {accent_ink} {accent_soft} {out}")
    }

    /// The six of the visual reference.
    #[test]
    fn known_accents_give_known_colours() {
        for (given, light, dark) in [
            (
                "#175c49",
                "#175c49 #ffffff #175c49 #175c49 #e2f5ee #175c49",
                "#80c1aa #032018 #80c1aa #80c1aa #1b3029 #1f624f",
            ),
            (
                "#ffd400",
                "#ffd400 #111a17 #a58808 #826b04 #f5f0e0 #ffd400",
                "#ffd400 #211a03 #ffd400 #ffd400 #302b1a #665401",
            ),
            (
                "#1f3a8a",
                "#1f3a8a #ffffff #1f3a8a #1f3a8a #eaf0fe #1f3a8a",
                "#93b0f1 #121a2d #93b0f1 #93b0f1 #242b3b #3b528d",
            ),
            (
                "#d6336c",
                "#d6336c #ffffff #d6336c #cb2663 #feeaee #d6336c",
                "#e796a8 #2a1218 #e796a8 #e796a8 #382529 #823b4d",
            ),
            (
                "#e8590c",
                "#cc4c04 #ffffff #cc4c04 #be4601 #feece5 #cc4c04",
                "#e89c7f #2a140b #e89c7f #e89c7f #382620 #824025",
            ),
            (
                "#1a1a1a",
                "#1a1a1a #ffffff #1a1a1a #1a1a1a #f0f0f0 #1a1a1a",
                "#b1b1b1 #1b1b1b #b1b1b1 #b1b1b1 #2b2b2b #555555",
            ),
        ] {
            let derived = derive(colour(given), None);
            assert_eq!(shown(derived.light), light, "{given}");
            assert_eq!(shown(derived.dark), dark, "{given}");
        }
    }

    /// Whatever an admin picks, all that is read on it or in it can be read.
    #[test]
    fn every_pair_has_its_contrast_for_accents_all_over_the_cube() {
        let (ink, dark_ink) = (colour("#15201b"), colour("#ecf1ee"));
        let (dark_bubble, dark_raised) = (colour("#272f2b"), colour("#232b27"));
        let steps = [0x00, 0x22, 0x55, 0x80, 0xaa, 0xcc, 0xe5, 0xff];
        let mut seen = 0;
        for r in steps {
            for g in steps {
                for b in steps {
                    let given = Colour([r, g, b]);
                    let Derived { light, dark, .. } = derive(given, None);
                    for (name, one, other, least) in [
                        ("on-accent", light.on_accent, light.accent, 4.5),
                        ("on-out", light.on_out, light.out, 4.5),
                        ("ink on surface", light.accent_ink, WHITE, 4.5),
                        ("ink on bubble", light.accent_ink, BUBBLE, 4.5),
                        ("ink on soft", light.accent_ink, light.accent_soft, 4.5),
                        ("edge on surface", light.accent_edge, WHITE, 3.0),
                        ("edge on soft", light.accent_edge, light.accent_soft, 3.0),
                        ("text on soft", ink, light.accent_soft, 4.5),
                        ("dark on-accent", dark.on_accent, dark.accent, 4.5),
                        ("dark on-out", dark.on_out, dark.out, 5.5),
                        ("dark ink on surface", dark.accent_ink, DARK_SURFACE, 7.0),
                        ("dark ink on bubble", dark.accent_ink, dark_bubble, 4.5),
                        ("dark ink on raised", dark.accent_ink, dark_raised, 4.5),
                        ("dark ink on soft", dark.accent_ink, dark.accent_soft, 4.5),
                        ("dark text on soft", dark_ink, dark.accent_soft, 4.5),
                    ] {
                        let contrast = one.contrast(other);
                        assert!(contrast >= least, "{given}: {name} {one} {other} {contrast:.2}");
                    }
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 512);
    }

    #[test]
    fn what_is_changed_is_told_with_its_figure() {
        let changes = derive(colour("#d6336c"), None).changes;
        let told: Vec<String> = changes
            .iter()
            .map(|it| format!("{} {} {} {:.1}", it.scheme, it.token, it.to, it.contrast))
            .collect();
        assert_eq!(
            told,
            [
                "light accent-ink #cb2663 4.6",
                "dark accent #e796a8 7.7",
                "dark accent-edge #e796a8 7.7",
                "dark accent-ink #e796a8 7.7",
                "dark out #823b4d 7.8",
            ]
        );
        let dark = derive(colour("#175c49"), Some(colour("#ffd400")));
        assert_eq!(shown(dark.light), shown(derive(colour("#175c49"), None).light));
        assert_eq!(shown(dark.dark), shown(derive(colour("#ffd400"), None).dark));
        assert!(derive(colour("#000000"), None).changes.iter().all(|it| it.scheme == "dark"));
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        for text in ["175c49", "#175c4", "#175c499", "#17 c49", "#+75c49", "", "red", "#\u{e9}5c4"]
        {
            assert_eq!(Colour::parse(text), Err(ColourError), "{text:?}");
        }
        assert_eq!(colour("#FFd400").to_string(), "#ffd400");
    }
}
