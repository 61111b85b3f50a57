//! The table: medians, and their ratios to the first client's.

use crate::drive::Measured;
use crate::work::Work;

/// The measurements of one row, by client.
pub struct Table {
    peers: Vec<String>,
}

impl Table {
    /// A table of these clients. Ratios are to the first.
    pub fn new(peers: &[&str]) -> Self {
        Self { peers: peers.iter().map(|&name| name.to_owned()).collect() }
    }

    /// The head, as Markdown.
    pub fn head(&self, title: &str) -> String {
        let peers = self.peers.join(" / ");
        let rest = self.peers.iter().skip(1).cloned().collect::<Vec<_>>().join(" / ");
        let first = self.peers.first().map_or("", String::as_str);
        format!(
            "| {title} | rate: {peers} | rate to {first}'s: {rest} | processor time: {peers} | peak memory, MiB: {peers} |\n\
             |---|---|---|---|---|"
        )
    }

    /// A row. Each client has its measurements, in rounds.
    pub fn row(&self, work: &Work, measured: &[Vec<Measured>]) -> String {
        let figures = |figure: fn(&Measured) -> f64| -> Vec<f64> {
            measured.iter().map(|rounds| median(rounds.iter().map(figure))).collect()
        };
        let rates = figures(|measured| measured.count / measured.seconds);
        let times = figures(|measured| measured.processor / measured.count * 1e6);
        let peaks = figures(|measured| measured.peak_memory as f64 / 1024.0);
        // In each round all were measured one after the other: a round in which the machine was slow weighs as any other.
        let ratios = measured.iter().skip(1).map(|rounds| {
            let pairs = rounds.iter().zip(measured.first().into_iter().flatten());
            median(pairs.map(|(own, first)| own.count / own.seconds / (first.count / first.seconds)))
        });
        let (rate, per) = if work.kind.is_transfer() { (" MB/s", " µs/MB") } else { ("/s", " µs") };
        let joined = |values: &[f64], decimals: usize| {
            values.iter().map(|value| format!("{value:.decimals$}")).collect::<Vec<_>>().join(" / ")
        };
        let ratios: Vec<f64> = ratios.collect();
        format!(
            "| {} | {}{rate} | {} | {}{per} | {} |",
            work.name,
            joined(&rates, 0),
            joined(&ratios, 2),
            joined(&times, 0),
            joined(&peaks, 0)
        )
    }
}

/// The median; of an even count the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.len() / 2;
    match (upper.checked_sub(1).and_then(|lower| values.get(lower)), values.get(upper)) {
        (Some(lower), Some(upper)) if values.len().is_multiple_of(2) => f64::midpoint(*lower, *upper),
        (_, Some(middle)) => *middle,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::WORK;

    #[test]
    fn a_row_has_medians_and_ratios_of_rounds() {
        let measured = |count: f64, seconds| Measured { count, seconds, processor: 1.0, peak_memory: 2048 };
        let first = vec![measured(100.0, 1.0), measured(10.0, 1.0), measured(100.0, 2.0)];
        let second = vec![measured(50.0, 1.0), measured(20.0, 1.0), measured(10.0, 1.0)];
        let table = Table::new(&["bare", "other"]);
        let row = table.row(&WORK[0], &[first, second]);
        assert_eq!(row, "| get 2 KiB (1) | 50 / 20/s | 0.50 | 10000 / 50000 µs | 2 / 2 |");
        assert_eq!(table.head("HTTP").matches('|').count(), 12);
    }
}
