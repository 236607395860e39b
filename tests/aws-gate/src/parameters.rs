//! Parameters of a query string and of a form body, in their order.

use std::collections::BTreeSet;

use url::form_urlencoded;

/// Decoded names and values, in the order of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Decodes a query string.
    #[must_use]
    pub(crate) fn of_query(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// Those of a form body follow those of the query.
    #[must_use]
    pub(crate) fn and_form(mut self, body: &[u8]) -> Self {
        self.0.extend(form_urlencoded::parse(body).into_owned());
        self
    }

    /// The first value of a name.
    #[must_use]
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The first name.
    pub(crate) fn first_name(&self) -> Option<&str> {
        self.iter().next().map(|(name, _)| name)
    }

    /// A name that is there more than once.
    #[must_use]
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        self.iter().map(|(name, _)| name).find(|name| !seen.insert(*name))
    }

    /// Whether there is none.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
