//! Who holds a lock, for programs.

use ossicle::Holder;
use serde_json::{Value, json};

/// Who holds a lock, for programs.
pub fn document(holder: &Holder) -> Value {
    json!({
        "owner": holder.owner,
        "token": holder.token,
        "remaining_ms": u64::try_from(holder.remaining.as_millis()).unwrap_or(u64::MAX),
    })
}
