//! Collecting clicks into a batch, one at a time, on the redirect path.

use std::borrow::Cow;
use std::collections::HashMap;

use uuid::Uuid;

use super::{Batch, Click, Columns, MAX_HOST_BYTES, MAX_USER_AGENT_BYTES, VERSION};

/// The envelope of an empty batch, in bytes, rounded up.
const ENVELOPE_BYTES: usize = 512;
/// The most that one click adds to the columns: five numbers with their commas and eleven characters of
/// base64.
const CLICK_BYTES: usize = 5 * 7 + 11;

/// A batch that still grows.
#[derive(Debug)]
pub struct BatchBuilder {
    batch: Batch,
    links: HashMap<Uuid, u32>,
    user_agents: HashMap<Box<str>, u32>,
    referrer_hosts: HashMap<Box<str>, u32>,
    countries: HashMap<Box<str>, u32>,
    bytes: usize,
}

impl BatchBuilder {
    /// An empty batch that starts `now`, in seconds since the Unix epoch.
    #[must_use]
    pub fn new(id: Uuid, now: i64) -> Self {
        Self {
            batch: Batch {
                version: VERSION,
                id,
                started_at: now,
                links: Vec::new(),
                user_agents: Vec::new(),
                referrer_hosts: Vec::new(),
                countries: Vec::new(),
                clicks: Columns::default(),
            },
            links: HashMap::new(),
            user_agents: HashMap::new(),
            referrer_hosts: HashMap::new(),
            countries: HashMap::new(),
            bytes: ENVELOPE_BYTES,
        }
    }

    /// Adds a click. Over-long strings are cut and made printable ASCII; a click from before the batch's start counts at its start.
    pub fn push(&mut self, click: &Click<'_>) {
        let Batch { links, user_agents, referrer_hosts, countries, clicks, started_at, .. } = &mut self.batch;
        let user_agent = plain(click.user_agent, MAX_USER_AGENT_BYTES);
        let referrer_host = plain(click.referrer_host, MAX_HOST_BYTES);
        let country = plain(click.country, 2);
        clicks.link.push(*self.links.entry(click.link).or_insert_with(|| {
            self.bytes += 39;
            next(links, click.link)
        }));
        clicks.user_agent.push(refer(&mut self.user_agents, user_agents, &user_agent, &mut self.bytes));
        clicks.referrer_host.push(refer(
            &mut self.referrer_hosts,
            referrer_hosts,
            &referrer_host,
            &mut self.bytes,
        ));
        clicks.country.push(refer(&mut self.countries, countries, &country, &mut self.bytes));
        clicks.seconds.push(u32::try_from((click.at - *started_at).max(0)).unwrap_or(u32::MAX));
        clicks.visitor.push(click.visitor);
        self.bytes += CLICK_BYTES;
    }

    /// How many clicks it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether it holds no click.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// The most bytes that the encoded batch can have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The batch as it is now.
    #[must_use]
    pub fn build(self) -> Batch {
        self.batch
    }
}

fn refer(index: &mut HashMap<Box<str>, u32>, list: &mut Vec<String>, text: &str, bytes: &mut usize) -> u32 {
    if let Some(position) = index.get(text) {
        return *position;
    }
    // A quote and a backslash become two bytes of JSON; nothing becomes more.
    *bytes += text.len() * 2 + 3;
    let position = next(list, text.to_owned());
    index.insert(text.into(), position);
    position
}

fn next<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
}

/// At most `most` bytes of printable ASCII, which is what these headers consist of. Anything else is replaced:
/// SQS refuses a body with certain Unicode characters, and one click must not spoil a whole batch.
fn plain(text: &str, most: usize) -> Cow<'_, str> {
    let cut = text.get(..text.floor_char_boundary(most)).unwrap_or(text);
    let printable = |c: char| c == ' ' || c.is_ascii_graphic();
    if cut.chars().all(printable) {
        Cow::Borrowed(cut)
    } else {
        Cow::Owned(cut.chars().map(|c| if printable(c) { c } else { '?' }).collect())
    }
}
