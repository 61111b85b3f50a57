//! What the host itself decides about locks, with the component that comes with the library.

use crate::support::{config, options};
use ossicle::{Engine, Limits, LockError};
use ossicle_emulator::{BucketSpec, Emulator};
use std::time::Duration;
use tokio::runtime::Handle;

/// On a runtime of one thread, nothing runs between the end of one call and the beginning of the next. So the task that renewed
/// the lease until it was handed over has not ended here, and the lock must be free for others of the process to ask for without it.
#[tokio::test]
async fn the_holder_is_told_as_soon_as_a_lease_was_handed_over() {
    let emulator = Emulator::builder().bucket(BucketSpec::new("bucket")).access_key("id", "very-secret");
    let emulator = emulator.start().await.unwrap();
    let options = options().runtime(Handle::current());
    let engine = Engine::with_components([ossicle_component::CERTIFICATES], options).unwrap();
    let tenant = engine.tenant("test", config("bucket", &emulator.endpoint()), Limits::default()).unwrap();
    let locks = tenant.locks();
    for (name, waits) in [("tried", false), ("waited for", true)] {
        let lease = if waits { locks.lock(name, Duration::from_secs(10)).await } else { locks.try_lock(name).await };
        let lease = lease.unwrap();
        let held = locks.try_lock(name).await.unwrap_err();
        let LockError::Held { holder: Some(holder), .. } = &held else { panic!("{held:?}") };
        assert_eq!(holder.token, lease.token());
    }
    tenant.close().await;
}
