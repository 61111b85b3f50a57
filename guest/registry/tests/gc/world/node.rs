//! The machines of a simulated world.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use ossicle_registry::ports::{Clock, Entropy, Window};

use super::{Event, Exchange, Role, World};
use crate::bucket::{Operation, Reply};
use crate::weather::SECOND;

pub(super) struct NodeState {
    pub(super) name: String,
    pub(super) role: Role,
    /// In millionths.
    rate: u64,
    offset: u64,
    pub(super) frozen_until: Cell<u64>,
}

/// A machine with clocks of its own, on which tasks run.
#[derive(Clone)]
pub struct Node {
    world: World,
    pub(super) state: Rc<NodeState>,
}

impl World {
    /// A node whose clocks are wrong in some way.
    pub fn node(&self, name: String, role: Role) -> Node {
        let rate = 930_000 + self.0.random.below(140_000);
        let offset = self.0.random.below(1_000_000 * SECOND);
        let state = NodeState { name, role, rate, offset, frozen_until: Cell::new(0) };
        Node { world: self.clone(), state: Rc::new(state) }
    }
}

impl Node {
    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Stops everything on it for a while; its clocks go on.
    pub fn freeze(&self, length: u64) {
        self.state.frozen_until.set(self.world.now() + length);
    }

    /// Sends a request, and waits until it is answered or this side gives up.
    pub async fn exchange(&self, operation: Operation, window: Option<Window>) -> Reply {
        let exchange = Rc::new(Exchange {
            waker: RefCell::new(None),
            node: self.state.clone(),
            operation,
            window,
            reply: RefCell::new(None),
            is_answered: Cell::new(false),
        });
        self.world.send(&exchange);
        std::future::poll_fn(|context| match exchange.reply.borrow_mut().take() {
            Some(reply) => Poll::Ready(reply),
            None => {
                *exchange.waker.borrow_mut() = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    pub async fn pause(&self, length: u64) {
        self.sleep(Duration::from_millis(length)).await;
    }
}

impl Clock for Node {
    fn now(&self) -> Duration {
        self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.state.offset + self.world.now() * self.state.rate / 1_000_000)
    }

    fn sleep(&self, length: Duration) -> impl Future<Output = ()> {
        let length = u64::try_from(length.as_millis()).unwrap() * 1_000_000 / self.state.rate;
        let until = self.world.now() + length;
        let mut is_set = false;
        std::future::poll_fn(move |context| {
            if self.world.now() >= until {
                return Poll::Ready(());
            }
            if !is_set {
                is_set = true;
                self.world.at(until - self.world.now(), Event::Wake(context.waker().clone()));
            }
            Poll::Pending
        })
    }
}

impl Entropy for Node {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.iter_mut().for_each(|byte| *byte = self.world.0.random.next() as u8);
    }
}
