//! Clients: they push and delete, each call to any process, and they aim pushes at what a collector is about to delete.

use std::cell::Cell;
use std::rc::Rc;

use crate::fleet::Fleet;
use crate::judge::Spot;
use crate::process::{Call, Process};
use crate::shelf::{ITEMS, LAYERS};
use crate::weather::SECOND;
use crate::world::Node;

impl Fleet {
    pub async fn push_for_ever(self: Rc<Self>) {
        let random = self.world.random().clone();
        loop {
            let mean = [3, 30, 300][random.below(3) as usize] * SECOND;
            self.outside.pause(self.world.about(mean)).await;
            let item = LAYERS + random.below((ITEMS - LAYERS) as u64) as usize;
            self.clone().push((random.below(2) as usize, item)).await;
        }
    }

    pub async fn delete_for_ever(self: Rc<Self>) {
        let random = self.world.random().clone();
        loop {
            let mean = [15, 40, 120][random.below(3) as usize] * SECOND;
            self.outside.pause(self.world.about(mean)).await;
            // A layer's link at times: its manifests are the user's own affair then.
            let (first, count) = if random.chance(50) { (0, LAYERS) } else { (LAYERS, ITEMS - LAYERS) };
            let item = first + random.below(count as u64) as usize;
            self.call(Call::Delete((random.below(2) as usize, item))).await;
        }
    }

    /// Pushes a manifest with all that it names.
    async fn push(self: Rc<Self>, (repository, item): Spot) {
        let random = self.world.random().clone();
        for named in self.shelf.items[item].named.clone() {
            if named >= LAYERS {
                // What an index names is pushed before it.
                Box::pin(self.clone().push((repository, named))).await;
                continue;
            }
            let spot = (repository, named);
            let is_there = match random.below(100) {
                0..35 => self.call(Call::Head(spot)).await == Some(200),
                35..55 => self.call(Call::Mount(spot)).await == Some(201),
                55..65 => true,
                _ => false,
            };
            if !is_there {
                self.call(Call::Upload(spot)).await;
            }
            if random.chance(100) {
                let mean = [30, 100, 300][random.below(3) as usize] * SECOND;
                self.outside.pause(self.world.about(mean)).await;
            }
        }
        if random.chance(900) {
            self.call(Call::Manifest((repository, item))).await;
        }
    }

    fn any_process(&self) -> (Node, Rc<Process>) {
        let processes = self.processes.borrow();
        let process = &processes[self.world.random().below(processes.len() as u64) as usize];
        (process.node.clone(), process.life.clone())
    }

    /// Has a call handled by any process; `None` where its client gave up.
    async fn call(&self, call: Call) -> Option<u16> {
        let (node, life) = self.any_process();
        let answer = Rc::new(Cell::new(None));
        let place = answer.clone();
        self.world.spawn(&node, async move { place.set(Some(life.handle(call).await)) });
        for wait in [500, 1_000, 3_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000] {
            self.outside.pause(wait).await;
            if answer.get().is_some() {
                break;
            }
        }
        answer.get()
    }

    /// Pushes what a collector lists, around the moments that matter.
    pub fn aim(self: &Rc<Self>) {
        let aims = self.world.judge(|judge| std::mem::take(&mut judge.aims));
        if aims.is_empty() || !self.world.is_bad() {
            return;
        }
        let random = self.world.random().clone();
        for _ in 0..random.range(1, 4) {
            let (moment, listed) = aims[random.below(aims.len() as u64) as usize];
            let naming: Vec<usize> = (LAYERS..ITEMS)
                .filter(|item| *item == listed || self.shelf.items[*item].named.contains(&listed))
                .collect();
            let item = naming[random.below(naming.len() as u64) as usize];
            let spot = (random.below(2) as usize, item);
            let at = (moment + random.below(40 * SECOND)).saturating_sub(15 * SECOND);
            let (fleet, wait) = (self.clone(), at.saturating_sub(self.world.now()));
            self.world.spawn(&self.outside, async move {
                fleet.outside.pause(wait).await;
                fleet.push(spot).await;
            });
        }
    }
}
