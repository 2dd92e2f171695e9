//! Names and texts, in the order in which they came.
//!
//! A `BTreeMap` would say as much and bring its nodes along, a kilobyte of every visitor's first load, for lists of
//! ten entries that nobody searches.

/// Names and texts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Pairs(pub Vec<(String, String)>);

impl Pairs {
    /// The text of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }
}

impl<const N: usize> From<[(String, String); N]> for Pairs {
    fn from(pairs: [(String, String); N]) -> Self {
        Self(pairs.into())
    }
}

/// As the wire has them: an object.
#[cfg(test)]
mod serde_as_a_map {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Pairs;

    impl Serialize for Pairs {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
        }
    }

    impl<'de> Deserialize<'de> for Pairs {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            BTreeMap::deserialize(deserializer).map(|map| Self(map.into_iter().collect()))
        }
    }
}
