//! A policy that the caller passes to make the session's rights smaller.

use iam_policy::{Document, Kind};

use super::Refusal;
use super::arguments::within;
use crate::parameters::Parameters;

/// The longest inline policy, in characters.
const LONGEST: usize = 2_048;
/// How many managed policies may be named.
const MOST_MANAGED: usize = 10;
/// What inline policy and names may take together, in bytes. AWS packs them first and does not say how, so that it
/// may take a little more than this.
const PACKED: usize = 2_048;

/// What was passed.
#[derive(Debug)]
pub(super) struct SessionPolicy {
    pub(super) document: Option<Document>,
    /// How much of the allotted space it takes; none when nothing was passed.
    pub(super) packed_percent: Option<usize>,
}

impl SessionPolicy {
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let inline = parameters.first("Policy");
        if let Some(inline) = inline {
            within("policy", inline, 1..=LONGEST)?;
        }
        let managed: Vec<&str> = parameters
            .iter()
            .filter_map(|(name, value)| name.starts_with("PolicyArns.").then_some(value))
            .collect();
        if managed.len() > MOST_MANAGED {
            let constraint = format!("Member must have length less than or equal to {MOST_MANAGED}");
            return Err(Refusal::Constraint { parameter: "policyArns", constraint });
        }
        let bytes = inline.map_or(0, str::len) + managed.iter().map(|arn| arn.len()).sum::<usize>();
        let percent = (bytes * 100).div_ceil(PACKED);
        if percent > 100 {
            return Err(Refusal::PackedPolicyTooLarge { percent });
        }
        // The account has no managed policy; to leave one out would leave rights in that the caller wanted gone.
        if let Some(arn) = managed.first() {
            return Err(Refusal::UnknownPolicy((*arn).to_owned()));
        }
        let parse = |text| Document::parse(Kind::Identity, "session policy", text);
        let document = inline.map(parse).transpose();
        let document = document.map_err(|error| Refusal::MalformedPolicy(error.fault))?;
        let packed_percent = document.is_some().then_some(percent);
        Ok(Self { document, packed_percent })
    }
}
