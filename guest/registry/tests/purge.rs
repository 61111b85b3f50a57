//! Uploads that nobody finished are found and removed.

mod common;

use std::time::Duration;

use common::{World, content};
use ossicle_registry::gc::ABANDONED;
use ossicle_registry::memory::run;

const DAY: Duration = Duration::from_secs(25 * 3600);

#[test]
fn purge_removes_what_was_abandoned_at_both_places() {
    let world = World::new();
    let abandoned = world.begin("app");
    let body = common::whole(content(2 * common::PART + 1));
    world.send_body("PATCH", &abandoned, &[], body).expect(202);
    run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
    world.driver.advance(6 * DAY);
    let used = world.begin("app");
    world.send_body("PATCH", &used, &[], common::whole(content(2 * common::PART + 1))).expect(202);
    run(world.registry.suspend_idle(Duration::ZERO)).unwrap();
    world.driver.advance(2 * DAY);
    let (before, age) = (world.driver.paths(), Duration::from_secs(ABANDONED));
    let told = run(world.registry.purge_uploads(age, true)).unwrap();
    assert_eq!((told.folders.len(), told.uploads.len()), (1, 1), "{told:?}");
    assert_eq!(world.driver.paths(), before);
    assert_eq!(run(world.registry.purge_uploads(age, false)).unwrap(), told);
    assert_eq!(world.driver.open_uploads(), 1);
    assert!(world.driver.paths().iter().all(|path| !path.starts_with(&told.folders[0])));
    assert!(!world.driver.paths().is_empty());
}
