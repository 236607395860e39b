//! What is known of a visitor beyond the click itself.
//!
//! Everything here comes from strangers. Each property ends as one of few values, or as a host name of valid
//! syntax, or as the empty string, which means unknown.

mod agent;
mod country;
mod referrer;

use std::collections::HashMap;

use click_contract::summary::Dimension;
use click_contract::{Batch, Click};

use agent::Agent;

/// The properties of a batch's clicks. A batch repeats few strings many times, so each is looked at once.
#[derive(Debug)]
pub(crate) struct Enricher<'b> {
    agents: HashMap<&'b str, Agent>,
    referrers: HashMap<&'b str, String>,
}

/// What is known of the visitor who made a click.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Enriched<'e> {
    /// Whether the visitor is a program.
    pub(crate) bot: bool,
    /// The value of each dimension.
    pub(crate) dimensions: [(Dimension, &'e str); 5],
}

impl<'b> Enricher<'b> {
    /// Looks at every distinct string of `batch`.
    pub(crate) fn new(batch: &'b Batch) -> Self {
        let (mut agents, mut referrers) = (HashMap::new(), HashMap::new());
        for click in batch.clicks() {
            agents.entry(click.user_agent).or_insert_with(|| Agent::of(click.user_agent));
            referrers.entry(click.referrer_host).or_insert_with(|| referrer::normalized(click.referrer_host));
        }
        Self { agents, referrers }
    }

    /// What is known of the visitor; `None` for a click of another batch.
    pub(crate) fn enrich(&self, click: &Click<'_>) -> Option<Enriched<'_>> {
        let agent = self.agents.get(click.user_agent)?;
        let referrer = self.referrers.get(click.referrer_host)?;
        Some(Enriched {
            bot: agent.bot,
            dimensions: [
                (Dimension::Referrer, referrer),
                (Dimension::Country, country::assigned(click.country)),
                (Dimension::Browser, &agent.browser),
                (Dimension::Os, &agent.os),
                (Dimension::Device, agent.device),
            ],
        })
    }
}
