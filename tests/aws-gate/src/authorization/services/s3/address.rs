//! The path of a call to S3.

use iam_policy::ResourceType;
use percent_encoding::percent_decode_str;

use super::super::named;
use crate::authorization::demand::Scope;

/// What the paths of S3 Control begin with: its API version.
const CONTROL: &str = "v20180820";

/// A path, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// The service as a whole.
    Service,
    Bucket(String),
    Object {
        bucket: String,
        key: String,
    },
    /// S3 Control: the segments of the path.
    Control(Vec<String>),
}

impl Address {
    /// Reads a path in the form `/BUCKET/KEY`. An error says what is wrong with it.
    pub(super) fn read(path: &str) -> Result<Self, String> {
        let odd = || format!("the path {path}");
        let path = path.strip_prefix('/').ok_or_else(odd)?;
        // A reader that resolves dots or merges slashes would reach another object.
        if path.split('/').any(|segment| matches!(decoded(segment).as_deref(), None | Some("." | ".."))) {
            return Err(odd());
        }
        let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
        if first == CONTROL {
            let segments = path.split('/').map(decoded).collect::<Option<_>>();
            return segments.map(Self::Control).ok_or_else(odd);
        }
        match (first, rest) {
            ("", None) => Ok(Self::Service),
            (bucket, rest) if is_bucket(bucket) => match rest {
                None | Some("") => Ok(Self::Bucket(bucket.to_owned())),
                Some(key) => {
                    let key = decoded(key).ok_or_else(odd)?;
                    Ok(Self::Object { bucket: bucket.to_owned(), key })
                }
            },
            _ => Err(odd()),
        }
    }

    /// Whether it has the form of a path of the table, such as `/{bucket}/{key+}`.
    pub(super) fn has_form(&self, form: &str) -> bool {
        match self {
            Self::Service => form == "/",
            Self::Bucket(_) => form == "/{bucket}",
            Self::Object { .. } => form == "/{bucket}/{key+}",
            Self::Control(segments) => has_control_form(segments, form),
        }
    }

    /// The ARN of what the path names, for an action about these types.
    pub(super) fn resource(&self, types: &[ResourceType], form: &str, scope: &Scope<'_>) -> String {
        match self {
            Self::Service => "*".to_owned(),
            Self::Bucket(bucket) if types.iter().any(|kind| kind.name == "object") => {
                format!("arn:aws:s3:::{bucket}/*")
            }
            Self::Bucket(bucket) => format!("arn:aws:s3:::{bucket}"),
            Self::Object { bucket, key } => format!("arn:aws:s3:::{bucket}/{key}"),
            Self::Control(segments) => {
                let name = label(segments, form);
                types.first().map_or_else(|| "*".to_owned(), |kind| named::arn(kind, name.as_deref(), scope))
            }
        }
    }

    /// Whether it is one of S3 Control.
    pub(super) fn is_control(&self) -> bool {
        matches!(self, Self::Control(_))
    }

    /// The ARN, if the path names an object.
    pub(super) fn object(&self) -> Option<String> {
        match self {
            Self::Object { bucket, key } => Some(format!("arn:aws:s3:::{bucket}/{key}")),
            Self::Service | Self::Bucket(_) | Self::Control(_) => None,
        }
    }
}

fn has_control_form(segments: &[String], form: &str) -> bool {
    let wanted: Vec<_> = form.trim_start_matches('/').split('/').collect();
    let greedy = wanted.last().is_some_and(|last| last.ends_with("+}"));
    let long_enough = if greedy { segments.len() >= wanted.len() } else { segments.len() == wanted.len() };
    let fits = |(wanted, given): (&&str, &String)| {
        (wanted.starts_with('{') && !given.is_empty()) || *wanted == given.as_str()
    };
    long_enough && wanted.iter().zip(segments).all(fits)
}

/// What stands where the form has a label.
fn label(segments: &[String], form: &str) -> Option<String> {
    let wanted: Vec<_> = form.trim_start_matches('/').split('/').collect();
    let position = wanted.iter().position(|segment| segment.starts_with('{'))?;
    let greedy = wanted.get(position).is_some_and(|segment| segment.ends_with("+}"));
    let last = if greedy { segments.len() } else { position + 1 };
    Some(segments.get(position..last)?.join("/"))
}

fn decoded(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(Into::into)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    (3..=63).contains(&name.len()) && name.bytes().all(allowed)
}
