use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const TURNS: usize = 3;

const CERTIFICATES: Interface = Interface::CertStorage;
const BLOBS: Interface = Interface::BlobDriver;

/// The room of an instance.
const ROOM: u64 = 4;

/// How much of it a call takes.
fn size(number: u64) -> u64 {
    number % 4
}

fn queue() -> Queue<u64, ()> {
    Queue::new([TURNS; Lane::COUNT], CERTIFICATES)
}

/// Takes what comes first, if there is anything.
fn take(queue: &mut Queue<u64, ()>, instance: u64) -> Option<(Lane, u64)> {
    Lane::ALL.into_iter().find_map(|lane| {
        let head = queue.head(instance, lane, false)?;
        let (place, number) = (head.place, head.number);
        Some((lane, queue.take(instance, place, lane, number)?))
    })
}

#[test]
fn what_came_first_is_taken_first_wherever_it_waits() {
    let mut queue = queue();
    queue.join(7, CERTIFICATES);
    for (number, place) in [
        (1, Place::Anywhere(CERTIFICATES)),
        (2, Place::Within(7)),
        (3, Place::WithLocks),
        (4, Place::Anywhere(CERTIFICATES)),
    ] {
        queue.push(place, Lane::Call, number, number).unwrap();
    }
    let taken: Vec<u64> = std::iter::from_fn(|| take(&mut queue, 7)).map(|(_, number)| number).collect();
    assert_eq!(taken, [1, 2, 3], "and there are no more turns");
    queue.give_back(Lane::Call);
    assert_eq!(take(&mut queue, 7), Some((Lane::Call, 4)));
}

#[test]
fn calls_of_one_kind_keep_no_other_waiting() {
    let mut queue = queue();
    queue.join(7, CERTIFICATES);
    for number in 0..10 {
        queue.push(Place::Anywhere(CERTIFICATES), Lane::Download, number, number).unwrap();
    }
    queue.push(Place::Anywhere(CERTIFICATES), Lane::Call, 10, 10).unwrap();
    assert!((0..TURNS).all(|_| take(&mut queue, 7).is_some()));
    let left: Vec<_> = std::iter::from_fn(|| take(&mut queue, 7)).collect();
    assert_eq!(left, [(Lane::Download, 2)], "the short call came before it");
}

#[test]
fn calls_on_locks_run_in_one_instance_until_it_drains() {
    let mut queue = queue();
    [1, 2].into_iter().for_each(|instance| queue.join(instance, CERTIFICATES));
    for number in 0..3 {
        queue.push(Place::WithLocks, Lane::Call, number, number).unwrap();
    }
    assert_eq!(take(&mut queue, 2), Some((Lane::Call, 0)));
    assert_eq!(take(&mut queue, 1), None);
    assert_eq!(take(&mut queue, 2), Some((Lane::Call, 1)));
    queue.drain(2);
    assert_eq!(take(&mut queue, 2), None);
    assert_eq!(take(&mut queue, 1), Some((Lane::Call, 2)));
}

#[test]
fn what_had_to_run_in_an_instance_comes_back_with_its_end() {
    let mut queue = queue();
    queue.join(1, CERTIFICATES);
    queue.push(Place::Within(1), Lane::Call, 5, 5).unwrap();
    queue.drain(1);
    assert!(!queue.shares(1) && queue.head(1, Lane::Call, false).is_some(), "one that drains still takes those");
    assert_eq!(queue.leave(1), [5]);
    assert_eq!(queue.push(Place::Within(1), Lane::Call, 6, 6), Err(6));
    assert_eq!(queue.order(1, ()), Err(()));
}

#[test]
fn an_instance_takes_calls_on_its_own_interface_alone() {
    let mut queue = queue();
    queue.join(1, CERTIFICATES);
    queue.join(2, BLOBS);
    for (number, place) in [(1, Place::WithLocks), (2, Place::Anywhere(CERTIFICATES)), (3, Place::Anywhere(BLOBS))] {
        queue.push(place, Lane::Call, number, number).unwrap();
    }
    assert_eq!(take(&mut queue, 2), Some((Lane::Call, 3)));
    assert_eq!((take(&mut queue, 2), queue.has_shared(BLOBS), queue.has_shared(CERTIFICATES)), (None, false, true));
    assert_eq!(take(&mut queue, 1), Some((Lane::Call, 1)));
    assert_eq!(take(&mut queue, 1), Some((Lane::Call, 2)));
    queue.push(Place::Anywhere(BLOBS), Lane::Call, 4, 4).unwrap();
    assert_eq!(take(&mut queue, 2), None, "turns are for both");
    queue.give_back(Lane::Call);
    assert_eq!(take(&mut queue, 2), Some((Lane::Call, 4)));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Join(bool),
    Push(u8, u8),
    Remove(u8),
    End(u8),
    Drain(u8),
    Leave(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => any::<bool>().prop_map(Step::Join),
        8 => (any::<u8>(), any::<u8>()).prop_map(|(place, lane)| Step::Push(place, lane)),
        1 => any::<u8>().prop_map(Step::Remove),
        6 => any::<u8>().prop_map(Step::End),
        1 => any::<u8>().prop_map(Step::Drain),
        1 => any::<u8>().prop_map(Step::Leave),
    ];
    proptest::collection::vec(step, 0..80)
}

proptest! {
    /// Whatever comes and goes: a call begins once at most, and none waits while an instance sleeps that may take it.
    #[test]
    fn no_call_waits_while_an_instance_has_time(steps in steps()) {
        let mut queue = queue();
        let (mut members, mut next) = (BTreeSet::new(), 0_u64);
        let mut interfaces: BTreeMap<u64, Interface> = BTreeMap::new();
        let mut waiting: Vec<(Place, Lane, u64)> = Vec::new();
        let mut running: Vec<(u64, Lane, u64)> = Vec::new();
        let mut begun = BTreeSet::new();
        // How many calls had come when an instance last found none for it.
        let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
        for step in steps {
            next += 1;
            let pick = |at: u8, count: usize| usize::from(at).checked_rem(count);
            // As the pool does it: who is woken looks.
            let mut is_awake: BTreeSet<u64> = members.clone();
            match step {
                Step::Join(is_for_blobs) => {
                    let interface = if is_for_blobs { BLOBS } else { CERTIFICATES };
                    queue.join(next, interface);
                    members.insert(next);
                    interfaces.insert(next, interface);
                    is_awake = BTreeSet::from([next]);
                }
                Step::Push(place, lane) => {
                    let place = match place % 4 {
                        0 => Place::Anywhere(CERTIFICATES),
                        1 => Place::Anywhere(BLOBS),
                        2 => Place::WithLocks,
                        _ => match pick(place / 4, members.len()).and_then(|at| members.iter().nth(at)) {
                            Some(instance) => Place::Within(*instance),
                            None => Place::Anywhere(CERTIFICATES),
                        },
                    };
                    let lane = Lane::ALL[usize::from(lane) % Lane::COUNT];
                    prop_assert_eq!(queue.push(place, lane, next, next), Ok(()));
                    waiting.push((place, lane, next));
                    let before: BTreeSet<u64> = queue.asleep.iter().map(|(instance, _)| *instance).collect();
                    drop(queue.wake_one(place));
                    let after: BTreeSet<u64> = queue.asleep.iter().map(|(instance, _)| *instance).collect();
                    is_awake = before.difference(&after).copied().collect();
                }
                Step::Remove(at) => {
                    let Some(at) = pick(at, waiting.len()) else { continue };
                    let (place, lane, number) = waiting.swap_remove(at);
                    prop_assert_eq!(queue.remove(place, lane, number), Some(number));
                    queue.wake_all();
                }
                Step::End(at) => {
                    let Some(at) = pick(at, running.len()) else { continue };
                    let (instance, lane, _) = running.swap_remove(at);
                    queue.give_back(lane);
                    // Who waits for room in it is woken by that.
                    is_awake = BTreeSet::from([instance]);
                    if queue.waits(lane) {
                        is_awake.extend(queue.asleep.iter().map(|(other, _)| *other));
                        queue.wake_all();
                    }
                }
                Step::Drain(at) => {
                    let Some(instance) = pick(at, members.len()).and_then(|at| members.iter().nth(at)) else { continue };
                    queue.drain(*instance);
                    queue.wake_all();
                }
                Step::Leave(at) => {
                    let Some(at) = pick(at, members.len()) else { continue };
                    let Some(instance) = members.iter().nth(at).copied() else { continue };
                    members.remove(&instance);
                    is_awake.remove(&instance);
                    let stranded: BTreeSet<u64> = queue.leave(instance).into_iter().collect();
                    let here = |place: &Place| *place == Place::Within(instance);
                    let expected = waiting.iter().filter(|(place, ..)| here(place)).map(|(_, _, number)| *number);
                    prop_assert_eq!(stranded, expected.collect::<BTreeSet<u64>>());
                    waiting.retain(|(place, ..)| !here(place));
                    for (_, lane, _) in running.extract_if(.., |(inside, ..)| *inside == instance) {
                        queue.give_back(lane);
                    }
                    queue.wake_all();
                }
            }
            let fits = |running: &[(u64, Lane, u64)], instance: u64, number: u64| {
                let held = running.iter().filter(|(inside, ..)| *inside == instance).map(|(_, _, other)| size(*other));
                held.sum::<u64>() + size(number) <= ROOM
            };
            let mut awake: Vec<u64> = is_awake.into_iter().collect();
            while let Some(instance) = awake.pop() {
                queue.wake_up(instance);
                let mut hands_on = false;
                'looks: loop {
                    for lane in Lane::ALL {
                        let Some(head) = queue.head(instance, lane, false) else { continue };
                        let (place, number) = (head.place, head.number);
                        if !fits(&running, instance, number) {
                            continue;
                        }
                        hands_on |= size(number) > 0 || place == Place::WithLocks && !queue.owns_locks(instance);
                        prop_assert_eq!(queue.take(instance, place, lane, number), Some(number));
                        prop_assert!(begun.insert(number), "it begins twice");
                        let interface = place.interface(CERTIFICATES);
                        prop_assert!(interface.is_none_or(|interface| interfaces[&instance] == interface));
                        waiting.retain(|(_, _, other)| *other != number);
                        running.push((instance, lane, number));
                        continue 'looks;
                    }
                    break;
                }
                let (interface, came) = (interfaces[&instance], queue.shared(interfaces[&instance]));
                if queue.has_shared(interface) && seen.insert(instance, came) != Some(came) {
                    hands_on = true;
                }
                if hands_on {
                    awake.extend(queue.asleep.iter().map(|(other, _)| *other));
                    queue.wake_all();
                }
                queue.fall_asleep(instance, Waker::noop());
            }
            for instance in &members {
                for lane in Lane::ALL {
                    let could = queue.head(*instance, lane, false).is_some_and(|head| fits(&running, *instance, head.number));
                    prop_assert!(!could, "it could take one");
                }
            }
            prop_assert_eq!(queue.is_empty(), waiting.is_empty());
            for lane in Lane::ALL {
                let taken = running.iter().filter(|(_, other, _)| *other == lane).count();
                prop_assert_eq!(queue.turns[lane as usize] + taken, TURNS);
                let there = waiting.iter().any(|(_, other, _)| *other == lane);
                prop_assert_eq!(queue.waits(lane), there);
            }
        }
    }
}
