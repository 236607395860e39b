//! The operations of S3 by the form of their requests.

use super::address::Address;
use crate::parameters::Parameters;

/// One operation a line: method, path, name, actions. The file says more.
pub const OPERATIONS: &str = include_str!("../../../../data/s3-operations.txt");

/// Parameters that change what an operation answers and not which one it is. One that is in neither list could
/// select an operation that the table lacks, so it refuses the call.
const DETAILS: [&str; 27] = [
    "bucket-region",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "id",
    "key-marker",
    "list-type",
    "marker",
    "max-buckets",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "partNumber",
    "prefix",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "select-type",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
];

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    method: &'static str,
    /// The form of the path.
    pub(super) path: &'static str,
    /// The parameter that selects the operation.
    parameter: Option<&'static str>,
    /// Its name.
    pub(super) operation: &'static str,
    /// The actions, between commas.
    pub(super) actions: &'static str,
}

/// Finds the operation of a call. An error says why there is not one.
pub(super) fn find(method: &str, address: &Address, parameters: &Parameters) -> Result<Row, String> {
    let mut selected = rows().filter_map(|row| row.parameter).filter(|name| parameters.first(name).is_some());
    let parameter = selected.next();
    if let Some(other) = selected.find(|other| Some(*other) != parameter) {
        let first = parameter.unwrap_or_default();
        return Err(format!("a call that is both {first} and {other}"));
    }
    let selects = |name: &str| rows().any(|row| row.parameter == Some(name));
    let known =
        |name: &str| DETAILS.contains(&name) || name == "x-id" || selects(name) || address.is_control();
    if let Some((name, _)) = parameters.iter().find(|(name, _)| !known(name)) {
        return Err(format!("the parameter {name} of S3"));
    }
    let mut fitting = rows().filter(|row| row.method == method && row.parameter == parameter);
    fitting.find(|row| address.has_form(row.path)).ok_or_else(|| {
        let query = parameter.map(|name| format!("?{name}")).unwrap_or_default();
        format!("the operation {method}{query} of S3")
    })
}

fn rows() -> impl Iterator<Item = Row> {
    OPERATIONS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?, words.next()?);
        let (path, parameter) =
            target.split_once('?').map_or((target, None), |(path, parameter)| (path, Some(parameter)));
        Some(Row { method, path, parameter, operation: words.next()?, actions: words.next()? })
    })
}
