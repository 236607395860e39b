//! Random choices that cost nothing and can be made again.

/// The `SplitMix64` generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(super) struct Sequence(u64);

impl Sequence {
    /// The sequence that begins at `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; the bias is below 2⁻⁴⁰ for bounds of our size.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.draw()) * u128::try_from(bound).unwrap_or_default();
        usize::try_from(wide >> 64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_can_be_made_again_and_reaches_everything() {
        let (mut one, mut other) = (Sequence::new(7), Sequence::new(7));
        let mut reached = [false; 10];
        for _ in 0..1_000 {
            let number = one.below(10);
            assert_eq!(number, other.below(10));
            reached[number] = true;
        }
        assert_eq!(reached, [true; 10]);
    }
}
