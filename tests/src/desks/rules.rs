//! A desk's rules by name, each of which can be switched off: what `rules!` makes of a list of them.

/// Names every rule and lists them all: a list kept by hand would forget the next one. Beside `Rule` it makes `Rules`,
/// those in force at a desk, and `without`.
macro_rules! rules {
    ($($(#[doc = $text:literal])+ $name:ident,)+) => {
        /// A rule that the desk keeps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule {
            $($(#[doc = $text])+ $name,)+
        }

        impl Rule {
            /// Every rule, in the order above.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }

        /// The rules in force: all, or all but one.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct Rules(Option<Rule>);

        impl Rules {
            /// As this thread has it now; a desk keeps it for life.
            pub fn here() -> Self {
                Self(WITHOUT.get())
            }

            pub fn hold(self, rule: Rule) -> bool {
                self.0 != Some(rule)
            }
        }

        thread_local! {
            static WITHOUT: std::cell::Cell<Option<Rule>> = const { std::cell::Cell::new(None) };
        }

        /// Runs `act`; desks that it makes on this thread do not keep this rule. For the tests of the tests only.
        pub fn without<T>(rule: Rule, act: impl FnOnce() -> T) -> T {
            /// Puts the switch back also where `act` panics, which is what a test does that noticed.
            struct Back;
            impl Drop for Back {
                fn drop(&mut self) {
                    WITHOUT.set(None);
                }
            }
            let _back = Back;
            WITHOUT.set(Some(rule));
            act()
        }
    };
}

pub(super) use rules;
