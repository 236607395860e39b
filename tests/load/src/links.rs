//! The links of a run: the same names and targets in both servers, made from their numbers.

/// The name of link `number`.
pub(crate) fn slug(number: usize) -> String {
    format!("load-{number:06}")
}

/// Where link `number` leads: as long as such addresses usually are.
pub(crate) fn target(number: usize) -> String {
    format!("https://www.example.com/articles/{number:06}/a-title-of-usual-length?utm_source=load")
}
