//! What goes wrong on OSS's side, over and over.

use crate::load::Chance;
use ossicle_emulator::{Emulator, FaultAction, FaultRule, Operation};
use std::sync::Arc;
use std::time::Duration;

/// Adds a fault every now and then, and changes how long answers take, for as long as it is polled. Where the
/// emulator's threads are, whose memory this is.
pub(crate) async fn happen(emulator: Arc<Emulator>, mut chance: Chance) {
    loop {
        let (code, message, ec) = ("InternalError".to_owned(), "as the test wants".to_owned(), String::new());
        let action = match chance.below(9) {
            0 => FaultAction::Refuse,
            1 => FaultAction::LoseResponse,
            2 => FaultAction::CutResponse { at: chance.below(3000) },
            3 => FaultAction::CutRequest { at: chance.below(3000) },
            4 => FaultAction::Error { status: 500, code, message, ec },
            5 => FaultAction::CorruptResponse { at: chance.below(3000) },
            6 => FaultAction::CorruptRequest { at: chance.below(3000) },
            7 => FaultAction::Throttle { status: 503, code: "TotalQpsLimitExceeded".to_owned(), retry_after: None },
            _ => FaultAction::Delay { ms: 300 },
        };
        emulator.faults().add(FaultRule::new(action).times(1 + chance.below(3)));
        emulator.set_latency(Duration::from_millis(chance.below(4)));
        tokio::time::sleep(Duration::from_millis(20 + chance.below(60))).await;
        // A rule that fits nothing any more stays in the list.
        if chance.below(20) == 0 {
            emulator.faults().clear();
        }
        // A bucket that disappears under everybody's hands, for a moment.
        if chance.below(100) == 0 {
            let (status, code) = (404, "NoSuchBucket".to_owned());
            let gone = FaultAction::Error { status, code, message: String::new(), ec: String::new() };
            emulator.faults().add(FaultRule::new(gone).on(Operation::GetObject).times(2));
        }
    }
}
