//! What is wrong with the settings of notifications.

/// Why notifications can't be set up. No message shows a URL or a header's value, which may hold secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotificationError {
    /// A setting of an endpoint is wrong.
    #[error("notifications, endpoint {endpoint:?}, {setting}: {problem}")]
    Endpoint {
        /// The endpoint's name.
        endpoint: String,
        /// The setting's name.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The system's root certificates can't be read.
    #[error("notifications: can't read the system's root certificates: {0}")]
    Roots(std::io::Error),
}
