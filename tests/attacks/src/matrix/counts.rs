//! What came of the cells.

use std::collections::BTreeMap;
use std::fmt;

use aws_gate::{Entry, Outcome};

use super::Cell;
use super::target::Relation;
use crate::wire::Answer;

/// Counts by service and in all.
pub(super) struct Counts {
    services: BTreeMap<&'static str, Tally>,
    relations: BTreeMap<Relation, usize>,
    reasons: BTreeMap<&'static str, usize>,
    /// Actions that exist in policies only.
    without_call: Vec<String>,
}

#[derive(Default)]
struct Tally {
    cells: usize,
    allowed: usize,
    /// Allowed cells that the emulator answered with success. The others ask for something that is not there, such as a
    /// message to delete.
    succeeded: usize,
    refused: usize,
    /// Refused cells whose decision names the very resource of the cell.
    about_resource: usize,
}

impl Counts {
    pub(super) fn new(without_call: Vec<String>) -> Self {
        let (services, relations, reasons) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { services, relations, reasons, without_call }
    }

    /// Counts one cell. The answer and the decisions have to agree with each other and with the trust map; otherwise
    /// it says how they do not.
    pub(super) fn add(&mut self, cell: &Cell, answer: &Answer, entries: &[Entry]) -> Option<String> {
        let tally = self.services.entry(cell.service).or_default();
        tally.cells += 1;
        *self.relations.entry(cell.target.relation).or_default() += 1;
        let denied = entries.iter().find(|entry| entry.decision == Outcome::Deny);
        let Some(denied) = denied else {
            tally.allowed += 1;
            tally.succeeded += usize::from(answer.status.is_success());
            let went_on = !entries.is_empty() && !is_refusal(answer);
            let fault = || format!("{} {}", answer.status, answer.body);
            return if cell.allowed && went_on { None } else { Some(format!("allowed: {}", fault())) };
        };
        tally.refused += 1;
        tally.about_resource += usize::from(entries.iter().any(|entry| entry.resource == cell.target.arn));
        *self.reasons.entry(reason(denied)).or_default() += 1;
        if cell.allowed {
            return Some(format!("refused by {}", denied.by));
        }
        (!is_refusal(answer)).then(|| format!("refused, but answered {} {}", answer.status, answer.body))
    }
}

/// Whether an answer says that the caller may not do it.
pub(super) fn is_refusal(answer: &Answer) -> bool {
    let code = answer.error_code();
    matches!(&*code, "AccessDenied" | "AccessDeniedException" | "KMS.AccessDeniedException")
}

/// The kind of a reason.
fn reason(entry: &Entry) -> &'static str {
    let by = entry.by.as_str();
    if by.starts_with("unknown: ") {
        "not an operation that the gate knows"
    } else if by == "role-unknown" {
        "no such role"
    } else if by.contains('#') {
        "explicit deny"
    } else if by.contains("resource-based policy") {
        "no resource-based policy allows it"
    } else if by.contains("permissions boundary") {
        "no permissions boundary allows it"
    } else if by.contains("identity-based policy") {
        "no identity-based policy allows it"
    } else {
        "other"
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = |count: fn(&Tally) -> usize| self.services.values().map(count).sum::<usize>();
        writeln!(
            formatter,
            "deny matrix: {} cells, {} allowed ({} with success), {} refused, {} of them by a decision about the very resource",
            total(|tally| tally.cells),
            total(|tally| tally.allowed),
            total(|tally| tally.succeeded),
            total(|tally| tally.refused),
            total(|tally| tally.about_resource),
        )?;
        for (service, Tally { cells, allowed, refused, about_resource, .. }) in &self.services {
            writeln!(
                formatter,
                "  {service:<15} {cells:>5} cells {allowed:>3} allowed {refused:>5} refused {about_resource:>5} about it"
            )?;
        }
        for (relation, count) in &self.relations {
            writeln!(formatter, "  {count:>5} on resources: {relation:?}")?;
        }
        for (reason, count) in &self.reasons {
            writeln!(formatter, "  {count:>5} {reason}")?;
        }
        let without = &self.without_call;
        write!(formatter, "  {} actions that no call asks for: {}", without.len(), without.join(", "))
    }
}
