//! Repeatable dice: ids and tokens that look random and are the same for the same seed.

/// A small generator (SplitMix64). Good enough to tell ids apart, never to keep a secret.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Eight lower-case hexadecimal digits.
    pub fn hex8(&mut self) -> String {
        format!("{:08x}", self.next_u64() >> 32)
    }

    /// A UUID of version 4 in lower case.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next_u64(), self.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0x0fff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_gives_others() {
        assert_eq!(Dice::new(7).uuid(), Dice::new(7).uuid());
        assert_ne!(Dice::new(7).uuid(), Dice::new(8).uuid());
    }

    #[test]
    fn a_uuid_has_its_version_and_variant_in_place() {
        let mut dice = Dice::new(1);
        for _ in 0..100 {
            let uuid = dice.uuid();
            assert_eq!(uuid.len(), 36, "{uuid}");
            assert_eq!(&uuid[14..15], "4", "{uuid}");
            assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
        }
    }
}
