//! Windows as the component's record `window`.

use super::bindings::types as wit;
use crate::moment::moment;
use crate::window::Window;
use std::time::SystemTime;

impl Window {
    pub(crate) fn to_wit(self) -> wit::Window {
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        wit::Window { since: seconds(self.since), until: seconds(self.until) }
    }
}

impl From<wit::Window> for Window {
    fn from(window: wit::Window) -> Self {
        Self { since: moment(window.since), until: moment(window.until) }
    }
}
