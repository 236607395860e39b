//! Aligned columns.

use std::fmt::Write as _;

/// Rows of cells: the first column to the left, the others to the right.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Vec<String>>);

impl Table {
    /// A table with this head.
    pub(super) fn new(head: &[&str]) -> Self {
        Self(vec![head.iter().map(|cell| (*cell).to_owned()).collect()])
    }

    /// Adds a row.
    pub(super) fn row(&mut self, first: &str, others: impl IntoIterator<Item = String>) {
        self.0.push(std::iter::once(first.to_owned()).chain(others).collect());
    }

    /// The lines, with a rule under the head.
    pub(super) fn render(&self) -> String {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.0
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (number, row) in self.0.iter().enumerate() {
            let mut line = String::new();
            for ((column, cell), width) in row.iter().enumerate().zip(&widths) {
                // Writing to a string does not fail.
                let _ = match column {
                    0 => write!(line, "{cell:<width$}"),
                    _ => write!(line, "  {cell:>width$}"),
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
            if number == 0 {
                let rule = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
                text.extend(std::iter::repeat_n('-', rule));
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["what", "n"]);
        table.row("a µs", ["10".to_owned()]);
        table.row("longer", ["7".to_owned()]);
        assert_eq!(table.render(), "what     n\n----------\na µs    10\nlonger   7\n");
    }
}
