//! Several measurements of one thing, as the least, the middle and the most of them.

use serde::Serialize;

/// The least, the middle and the most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Range {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Range {
    /// The range of `values`; none of nothing.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |position: usize| values.get(position).copied();
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(at(middle.checked_sub(1)?)?, at(middle)?),
            _ => at(middle)?,
        };
        Some(Self { min: *values.first()?, median, max: *values.last()? })
    }
}

/// A count for arithmetic.
#[expect(clippy::cast_precision_loss, reason = "counts and bytes of one run are far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(Range::of([4.0, 1.0, 2.0]), Some(Range { min: 1.0, median: 2.0, max: 4.0 }));
        assert_eq!(Range::of([4.0, 1.0, 2.0, 3.0]), Some(Range { min: 1.0, median: 2.5, max: 4.0 }));
        assert_eq!(Range::of([]), None);
    }
}
