//! Counters of a service, read from its `/metrics`.

use stack::Service;

use crate::error::LoadError;

/// The counters of one moment.
#[derive(Clone, Debug)]
pub(crate) struct Counters(String);

impl Counters {
    /// Those of `service` now.
    pub(crate) async fn read(service: &Service) -> Result<Self, LoadError> {
        Ok(Self(service.metrics().await?))
    }

    /// The counter called `name` in the code, over all its labels; zero while nobody has counted.
    pub(crate) fn get(&self, name: &str) -> u64 {
        self.0.lines().filter_map(|line| value(line, name)).sum()
    }
}

/// The exposition adds `_total` to a counter's name; labels stand in braces.
fn value(line: &str, name: &str) -> Option<u64> {
    let rest = line.strip_prefix(name)?.strip_prefix("_total")?;
    let number = match rest.strip_prefix('{') {
        Some(labels) => labels.rsplit_once("} ")?.1,
        None => rest.strip_prefix(' ')?,
    };
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_the_sum_over_its_labels() {
        let text = "# TYPE clicks counter\nclicks_total 7\nclicks_lost_total 9\n\
                    sqs_requests_total{operation=\"receive\"} 3\nsqs_requests_total{operation=\"delete\"} 4\n";
        let counters = Counters(text.to_owned());
        assert_eq!(counters.get("clicks"), 7);
        assert_eq!(counters.get("sqs_requests"), 7);
        assert_eq!(counters.get("other"), 0);
    }
}
