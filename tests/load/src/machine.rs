//! The machine that the figures are from. Without it they mean nothing.

use std::fs;

use serde::Serialize;

/// What figures depend on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    /// The processor's name.
    pub(crate) processor: String,
    /// Cores that are online.
    pub(crate) cores: usize,
    /// The kernel's release.
    pub(crate) kernel: String,
    /// The load averages at the start.
    pub(crate) load_average: String,
}

/// What one core has done since boot, in clock ticks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CoreTime {
    all: u64,
    stolen: u64,
}

impl Machine {
    /// This machine; what cannot be read is `unknown`.
    pub(crate) fn read() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named =
            |name| processors.lines().filter_map(move |line| line.strip_prefix(name)?.split_once(": "));
        let first_line =
            |path| fs::read_to_string(path).ok().and_then(|text| text.lines().next().map(str::to_owned));
        let unknown = || "unknown".to_owned();
        Self {
            processor: named("model name").next().map_or_else(unknown, |(_, name)| name.to_owned()),
            cores: named("processor").count(),
            kernel: first_line("/proc/sys/kernel/osrelease").unwrap_or_else(unknown),
            load_average: first_line("/proc/loadavg").unwrap_or_else(unknown),
        }
    }
}

impl CoreTime {
    /// The time of `core` (`proc_stat(5)`); zero when it cannot be read.
    pub(crate) fn read(core: usize) -> Self {
        let text = fs::read_to_string("/proc/stat").unwrap_or_default();
        Self::parse(&text, core).unwrap_or_default()
    }

    /// The share of the time since `earlier` in which the hypervisor ran something else, 0 to 1.
    pub(crate) fn stolen_since(self, earlier: Self) -> f64 {
        let all = self.all.saturating_sub(earlier.all).max(1);
        crate::range::float(self.stolen.saturating_sub(earlier.stolen)) / crate::range::float(all)
    }

    fn parse(text: &str, core: usize) -> Option<Self> {
        let name = format!("cpu{core} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name))?;
        // user nice system idle iowait irq softirq steal; guest times are part of user time already.
        let ticks: Vec<u64> =
            line.split_whitespace().take(8).filter_map(|field| field.parse().ok()).collect();
        Some(Self { all: ticks.iter().sum(), stolen: *ticks.get(7)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stolen_time_is_a_share() {
        let text = |ticks| format!("cpu 9 9\ncpu1 {ticks}\ncpu10 7 7 7 7 7 7 7 7 0 0\n");
        let earlier = CoreTime::parse(&text("1 0 0 9 0 0 0 0 0 0"), 1).unwrap();
        let later = CoreTime::parse(&text("80 0 0 9 0 0 0 21 0 0"), 1).unwrap();
        assert!((later.stolen_since(earlier) - 0.21).abs() < 1e-9);
    }
}
