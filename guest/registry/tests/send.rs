//! A native service runs each request as a task of its own, which may move between threads.

mod common;

use common::{World, whole};
use http::Request;

fn assert_send<T: Send>(future: T) -> T {
    future
}

#[test]
fn future_of_a_request_is_send_where_the_ports_are() {
    let world = World::new();
    let response = ossicle_registry::memory::run(assert_send(world.registry.handle(Request::new(whole("")))));
    assert_eq!(response.status(), 404);
    let suspended = assert_send(world.registry.suspend_idle(std::time::Duration::ZERO));
    assert_eq!(ossicle_registry::memory::run(suspended).unwrap(), 0);
}
