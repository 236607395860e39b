//! Requests, one after the other, put together from prepared parts.

use super::sequence::Sequence;
use super::{Plan, Traffic, visitors};
use crate::links;

/// The characters of a made-up name.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Letters of a made-up name: 60 random bits, so that none comes twice.
const LETTERS: u32 = 12;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// The link that it asks for, if there is one.
    pub(super) link: Option<usize>,
}

/// Makes requests.
#[derive(Debug)]
pub(super) struct Requests {
    traffic: Traffic,
    slugs: Vec<String>,
    heads: Vec<String>,
    sequence: Sequence,
    made: usize,
    bytes: Vec<u8>,
}

impl Requests {
    pub(super) fn new(plan: &Plan) -> Self {
        let links = match plan.traffic {
            Traffic::Hot => 1,
            Traffic::Spread { links } | Traffic::Each { links } => links,
            Traffic::Misses => 0,
        };
        Self {
            traffic: plan.traffic,
            slugs: (0..links).map(links::slug).collect(),
            heads: visitors::heads(&plan.address.to_string()),
            sequence: Sequence::new(plan.seed),
            made: 0,
            bytes: Vec::with_capacity(1024),
        }
    }

    /// The next request. Visitors take turns.
    pub(super) fn next(&mut self) -> Asked<'_> {
        let link = self.choose();
        self.bytes.clear();
        self.bytes.extend_from_slice(if self.expects_body() { b"GET /" } else { b"HEAD /" });
        match link.and_then(|link| self.slugs.get(link)) {
            Some(slug) => self.bytes.extend_from_slice(slug.as_bytes()),
            None => self.make_up_name(),
        }
        self.bytes.extend_from_slice(b" HTTP/1.1\r\n");
        let head = self.heads.get(self.made % self.heads.len().max(1)).map(String::as_bytes);
        self.bytes.extend_from_slice(head.unwrap_or_default());
        self.made += 1;
        Asked { bytes: &self.bytes, link }
    }

    /// Whether answers have the body that they announce: those to HEAD have not.
    pub(super) fn expects_body(&self) -> bool {
        !matches!(self.traffic, Traffic::Each { .. })
    }

    /// Whether the status of an answer is the one that is due.
    pub(super) fn is_due(&self, status: u16) -> bool {
        status == if matches!(self.traffic, Traffic::Misses) { 404 } else { 302 }
    }

    /// Where the answer must lead, if it is to be compared: only where nobody counts what that costs.
    pub(super) fn due_location(&self, link: Option<usize>) -> Option<String> {
        link.filter(|_| matches!(self.traffic, Traffic::Each { .. })).map(links::target)
    }

    fn choose(&mut self) -> Option<usize> {
        match self.traffic {
            Traffic::Hot => Some(0),
            Traffic::Spread { links } => Some(self.sequence.below(links)),
            Traffic::Each { links } => Some(self.made % links.max(1)),
            Traffic::Misses => None,
        }
    }

    fn make_up_name(&mut self) {
        let number = self.sequence.draw();
        let letters = (0..LETTERS).filter_map(|place| {
            let letter = usize::try_from((number >> (place * 5)) & 31).ok()?;
            ALPHABET.get(letter)
        });
        self.bytes.extend(letters);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::super::Limit;
    use super::*;

    fn requests(traffic: Traffic) -> Requests {
        let address = "127.0.0.1:80".parse().unwrap();
        Requests::new(&Plan { address, connections: 1, traffic, limit: Limit::Time(Duration::ZERO), seed: 1 })
    }

    fn lines(traffic: Traffic, count: usize) -> Vec<String> {
        let mut requests = requests(traffic);
        let line =
            |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().lines().next().unwrap().to_owned();
        (0..count).map(|_| line(requests.next().bytes)).collect()
    }

    #[test]
    fn each_kind_of_traffic_asks_for_its_own() {
        assert_eq!(lines(Traffic::Hot, 2), ["GET /load-000000 HTTP/1.1"; 2]);
        assert_eq!(
            lines(Traffic::Each { links: 2 }, 3),
            ["HEAD /load-000000 HTTP/1.1", "HEAD /load-000001 HTTP/1.1", "HEAD /load-000000 HTTP/1.1"]
        );
        let spread: BTreeSet<String> = lines(Traffic::Spread { links: 5 }, 200).into_iter().collect();
        assert_eq!(spread.len(), 5);
    }

    #[test]
    fn no_miss_is_asked_for_twice() {
        let misses: BTreeSet<String> = lines(Traffic::Misses, 10_000).into_iter().collect();
        assert_eq!(misses.len(), 10_000);
    }
}
