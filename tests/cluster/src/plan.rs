//! The addresses of one cluster. Clusters side by side differ in their number, and in nothing else.
//!
//! The layout follows the network of the Terraform configuration: interface endpoints, the database and the load
//! balancer have subnets of their own, so that a policy can name them.

use std::net::Ipv4Addr;

/// The AWS account and registry that the images' names carry, as in production.
pub const REGISTRY: &str = "000000000000.dkr.ecr.eu-central-1.amazonaws.com";
/// The name of the database's host.
pub const DATABASE_HOST: &str = "zero-trust-eks.local.eu-central-1.rds.amazonaws.com";
/// The address of the EC2 instance metadata service
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>).
pub const INSTANCE_METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// The address of the EKS Pod Identity agent
/// (<https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html>).
pub const POD_IDENTITY_AGENT: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
/// An address of the internet: one that RFC 5737 keeps for documentation.
pub const INTERNET: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

/// The plan of the cluster with this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    number: u8,
}

impl Plan {
    /// How many clusters fit side by side on one machine.
    pub const MOST: u8 = 8;

    /// The plan of cluster `number`, 0 to 7; `None` beyond.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number < Self::MOST).then_some(Self { number })
    }

    /// The cluster's number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.number
    }

    /// The cluster's name: of its directory, its control groups and its end of the wire.
    #[must_use]
    pub fn name(self) -> String {
        format!("zte{}", self.number)
    }

    fn address(self, third: u8, fourth: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 60 + self.number, third, fourth)
    }

    fn subnet(self, third: u8, fourth: u8, bits: u8) -> String {
        format!("{}/{bits}", self.address(third, fourth))
    }

    /// This machine, as the cluster sees it: where the load balancer would stand.
    #[must_use]
    pub fn load_balancer(self) -> Ipv4Addr {
        self.address(0, 1)
    }

    /// The node, and its name.
    #[must_use]
    pub fn node(self) -> Ipv4Addr {
        self.address(0, 100)
    }

    /// The network between this machine and the node: its length in bits.
    pub(crate) const ENTRANCE_BITS: u8 = 24;

    /// The node's and the AWS side's end of the wire between them.
    pub(crate) fn wire(self) -> (Ipv4Addr, Ipv4Addr) {
        (self.address(1, 1), self.address(1, 2))
    }

    /// Where the load balancer's connections come from, one network for each zone.
    #[must_use]
    pub fn load_balancer_subnets(self) -> [String; 3] {
        [self.subnet(0, 0, 28), self.subnet(0, 16, 28), self.subnet(0, 32, 28)]
    }

    /// Where the interface endpoints are, one network for each zone.
    #[must_use]
    pub fn endpoint_subnets(self) -> [String; 3] {
        [self.subnet(16, 0, 24), self.subnet(17, 0, 24), self.subnet(18, 0, 24)]
    }

    /// Where the database is, one network for each zone.
    #[must_use]
    pub fn database_subnets(self) -> [String; 3] {
        [self.subnet(20, 0, 24), self.subnet(21, 0, 24), self.subnet(22, 0, 24)]
    }

    /// The interface endpoints: the service's host name and address.
    #[must_use]
    pub fn endpoints(self) -> [(&'static str, Ipv4Addr); 3] {
        [
            ("sts.eu-central-1.amazonaws.com", self.address(16, 10)),
            ("sqs.eu-central-1.amazonaws.com", self.address(17, 10)),
            ("secretsmanager.eu-central-1.amazonaws.com", self.address(18, 10)),
        ]
    }

    /// The database.
    #[must_use]
    pub fn database(self) -> Ipv4Addr {
        self.address(20, 10)
    }

    /// Some other machine of the same network, which no workload has business with.
    #[must_use]
    pub fn neighbour(self) -> Ipv4Addr {
        self.address(30, 10)
    }

    /// The network of the pods.
    #[must_use]
    pub fn pods(self) -> String {
        self.subnet(128, 0, 24)
    }

    /// The network of the services.
    #[must_use]
    pub fn services(self) -> String {
        self.subnet(64, 0, 24)
    }

    /// The API server's address inside the cluster.
    pub(crate) fn api_service(self) -> Ipv4Addr {
        self.address(64, 1)
    }

    /// The cluster's DNS.
    #[must_use]
    pub fn dns(self) -> Ipv4Addr {
        self.address(64, 10)
    }

    /// The issuer of this cluster's service-account tokens, in the form that EKS gives it.
    #[must_use]
    pub fn issuer(self) -> String {
        format!("https://oidc.eks.eu-central-1.amazonaws.com/id/{:032X}", u32::from(self.number) + 1)
    }

    /// Where the registry listens.
    pub(crate) fn registry(self) -> String {
        format!("{}:5000", self.node())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_side_by_side_share_no_address() {
        let (first, second) = (Plan::new(0).unwrap(), Plan::new(1).unwrap());
        assert_ne!(first.node(), second.node());
        assert_ne!(first.pods(), second.pods());
        assert_ne!(first.issuer(), second.issuer());
        assert_eq!(Plan::new(Plan::MOST), None);
    }
}
