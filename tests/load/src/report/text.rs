//! The report as people read it.

use std::fmt;

use super::table::Table;
use super::{GOAL, Report, Rounds};
use crate::options::Scenario;
use crate::range::{Range, float};
use crate::rounds::Sample;

const MEBIBYTE: f64 = 1024.0 * 1024.0;
/// What every reader of the figures has to know.
const CAVEATS: &str = "\
How to read this: server CPU is user and system time of the whole process until the last click is in the statistics,
the receipt of its summaries from the worker included; what is idle is not counted. The comparison is the median of the
ratios of neighbouring rounds; single figures drift with the machine, which others may share. Requests per second and
latencies are those of a closed loop that keeps the server busy, on a machine whose other core also runs the load,
PostgreSQL, the emulator and the worker: information, no capacity. Misses are each a new name: url-service asks the
database, the bare server only its map.";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.conditions())?;
        for rounds in &self.scenarios {
            writeln!(f, "\n{}", rounds.scenario.name())?;
            f.write_str(&figures(rounds))?;
        }
        writeln!(f, "\nmemory, start, clicks")?;
        f.write_str(&self.others())?;
        writeln!(f)?;
        for rounds in self.scenarios.iter().filter(|rounds| rounds.scenario != Scenario::Misses) {
            writeln!(f, "{}", verdict(rounds))?;
        }
        write!(f, "\n{CAVEATS}")
    }
}

impl Report {
    fn conditions(&self) -> String {
        let (machine, options) = (&self.machine, &self.options);
        let [ours, bare] = self.worker_threads;
        format!(
            "{}, {} cores, Linux {}, load {}; {:.1} % of the server core's time stolen\n\
             server on core {}, all else on {:?}; runtime threads: url-service {ours}, bare {bare}\n\
             {} rounds of {} s per server and scenario, {} connections, {} links; clicks, metrics, logs and 1 % of traces on",
            machine.processor,
            machine.cores,
            machine.kernel,
            machine.load_average,
            self.stolen * 100.0,
            self.server_core,
            self.other_cores,
            options.rounds,
            options.seconds,
            options.connections,
            options.links,
        )
    }

    fn others(&self) -> String {
        let mut table = Table::new(&["", "min", "median", "max"]);
        table.row("start to ready, ms", cells(Range::of(self.starts.iter().copied()), 0));
        table.row("resident memory idle, MiB", single(float(self.idle.url_service.resident) / MEBIBYTE, 1));
        table.row("  of the bare server, MiB", single(float(self.idle.bare.resident) / MEBIBYTE, 1));
        table.row("bytes per cached link", single(self.link_memory.per_link, 0));
        for rounds in &self.scenarios {
            let name = |figure: &str| format!("{figure}, {}", rounds.scenario.name());
            let sends = rounds.per_thousand_clicks(|clicks| float(clicks.sends));
            if sends.is_some() {
                table.row(&name("SQS requests per 1,000 clicks"), cells(sends, 2));
                let cpu = rounds.per_thousand_clicks(|clicks| clicks.worker_cpu / 1e3);
                table.row(&name("worker CPU per 1,000 clicks, ms"), cells(cpu, 2));
            }
        }
        let clicks = &self.clicks;
        table.row("clicks taken", count(clicks.accepted));
        table.row("clicks lost", count(clicks.lost + clicks.dropped));
        table.row("redirects of the hot link, measured", count(clicks.hot_redirects));
        table.row("  of these in its statistics", count(clicks.hot_counted));
        table.render()
    }
}

/// What is compared, scenario by scenario: its name, how to find it, and its digits.
type Figure = (&'static str, fn(&Sample) -> f64, usize);

const FIGURES: [Figure; 6] = [
    ("server CPU per request, µs", |sample| sample.cpu, 2),
    ("  until the last answer, µs", |sample| sample.cpu_under_load, 2),
    ("requests per second", |sample| sample.requests_per_second, 0),
    ("latency p50, µs", |sample| sample.p50, 0),
    ("latency p99, µs", |sample| sample.p99, 0),
    ("resident memory, MiB", |sample| float(sample.memory.resident) / MEBIBYTE, 1),
];

fn figures(rounds: &Rounds) -> String {
    let mut table =
        Table::new(&["", "url-service", "min", "max", "bare axum", "min", "max", "ratio", "min", "max"]);
    for (name, figure, digits) in FIGURES {
        let sides =
            [(rounds.url_service(figure), digits), (rounds.bare(figure), digits), (rounds.ratio(figure), 2)];
        let cells = sides.into_iter().flat_map(|(range, digits)| {
            let text = |value: fn(Range) -> f64| {
                range.map_or_else(String::new, |range| number(value(range), digits))
            };
            [text(|range| range.median), text(|range| range.min), text(|range| range.max)]
        });
        table.row(name, cells);
    }
    table.render()
}

fn verdict(rounds: &Rounds) -> String {
    let name = rounds.scenario.name();
    match rounds.ratio(|sample| sample.cpu) {
        Some(ratio) if ratio.median <= GOAL => {
            format!("{name}: {:.2} × bare axum, goal {GOAL} reached", ratio.median)
        }
        Some(ratio) => format!("{name}: {:.2} × bare axum, goal {GOAL} NOT reached", ratio.median),
        None => format!("{name}: not measured"),
    }
}

fn cells(range: Option<Range>, digits: usize) -> Vec<String> {
    let values = range.map(|range| [range.min, range.median, range.max]);
    values.into_iter().flatten().map(|value| number(value, digits)).collect()
}

fn single(value: f64, digits: usize) -> Vec<String> {
    vec![String::new(), number(value, digits)]
}

fn count(value: u64) -> Vec<String> {
    vec![String::new(), value.to_string()]
}

fn number(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}
