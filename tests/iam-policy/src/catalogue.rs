//! The actions that IAM knows of the services in use, and the types of resources that they are about.
//!
//! The data is in `data/actions/`; each file names its source.

use std::collections::BTreeMap;

/// The files of `data/actions/`, by the prefix of the service in actions.
const FILES: [(&str, &str); 8] = [
    ("ecr", include_str!("../data/actions/ecr.txt")),
    ("iam", include_str!("../data/actions/iam.txt")),
    ("kms", include_str!("../data/actions/kms.txt")),
    ("rds", include_str!("../data/actions/rds.txt")),
    ("s3", include_str!("../data/actions/s3.txt")),
    ("secretsmanager", include_str!("../data/actions/secretsmanager.txt")),
    ("sqs", include_str!("../data/actions/sqs.txt")),
    ("sts", include_str!("../data/actions/sts.txt")),
];

/// All actions of all services in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    services: BTreeMap<&'static str, Service>,
}

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Service {
    types: BTreeMap<&'static str, &'static str>,
    actions: BTreeMap<&'static str, Vec<ResourceType>>,
}

/// A type of resource that an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceType {
    /// Its name, such as `queue`.
    pub name: &'static str,
    /// The form of its ARNs, such as `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`.
    pub arn: &'static str,
    /// Whether the action always needs one.
    pub required: bool,
}

impl Catalogue {
    /// The catalogue that this crate carries.
    #[must_use]
    pub fn published() -> Self {
        let services = FILES.into_iter().map(|(service, text)| (service, Service::read(text)));
        Self { services: services.collect() }
    }

    /// The prefixes of the services, such as `sqs`.
    pub fn services(&self) -> impl Iterator<Item = &'static str> {
        self.services.keys().copied()
    }

    /// The names of the actions of a service, without its prefix.
    pub fn actions(&self, service: &str) -> impl Iterator<Item = &'static str> {
        self.services.get(service).into_iter().flat_map(|service| service.actions.keys().copied())
    }

    /// The types of resources that an action is about; `None` if there is no such action.
    #[must_use]
    pub fn resource_types(&self, service: &str, action: &str) -> Option<&[ResourceType]> {
        self.services.get(service)?.actions.get(action).map(Vec::as_slice)
    }

    /// Whether a pattern of a policy, such as `sqs:Send*`, matches an action that exists.
    #[must_use]
    pub fn has_match(&self, pattern: &str) -> bool {
        self.services.iter().any(|(service, known)| {
            let mut names = known.actions.keys();
            names.any(|name| crate::document::action_matches(pattern, &format!("{service}:{name}")))
        })
    }
}

impl Service {
    fn read(text: &'static str) -> Self {
        let mut service = Self::default();
        let lines = text.lines().filter(|line| !line.starts_with('#')).map(str::split_whitespace);
        for mut words in lines {
            match (words.next(), words) {
                (Some("type"), mut words) => {
                    if let (Some(name), Some(arn)) = (words.next(), words.next()) {
                        service.types.insert(name, arn);
                    }
                }
                (Some(action), words) => {
                    let types = words.filter_map(|word| service.resource_type(word)).collect();
                    service.actions.insert(action, types);
                }
                (None, _) => {}
            }
        }
        service
    }

    fn resource_type(&self, word: &'static str) -> Option<ResourceType> {
        let (name, required) = word.strip_suffix('!').map_or((word, false), |name| (name, true));
        self.types.get(name).map(|arn| ResourceType { name, arn, required })
    }
}

#[cfg(test)]
mod tests {
    use super::Catalogue;

    #[test]
    fn every_line_of_the_data_is_understood() {
        let catalogue = Catalogue::published();
        let counts: Vec<_> =
            catalogue.services().map(|service| (service, catalogue.actions(service).count())).collect();
        assert_eq!(
            counts,
            [
                ("ecr", 60),
                ("iam", 187),
                ("kms", 55),
                ("rds", 169),
                ("s3", 168),
                ("secretsmanager", 23),
                ("sqs", 20),
                ("sts", 16)
            ]
        );
        let queue = catalogue.resource_types("sqs", "SendMessage").unwrap();
        assert_eq!((queue[0].name, queue[0].required), ("queue", true));
        assert_eq!(catalogue.resource_types("sqs", "ListQueues"), Some([].as_slice()));
        assert_eq!(catalogue.resource_types("sqs", "SendMassage"), None);
    }

    #[test]
    fn a_pattern_without_an_action_is_noticed() {
        let catalogue = Catalogue::published();
        assert!(catalogue.has_match("sqs:send*") && catalogue.has_match("*"));
        assert!(!catalogue.has_match("sqs:SendMessages") && !catalogue.has_match("sns:*"));
    }
}
