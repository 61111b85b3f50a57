use super::*;

const MIB: u64 = 1 << 20;

fn ask(ledger: &mut Ledger, id: Id, mib: u64) -> bool {
    ledger.ask(id, mib * MIB, Waker::noop())
}

#[test]
fn who_came_first_is_served_first() {
    let mut ledger = Ledger::new(80 * MIB);
    let [first, large, small] = [40, 60, 10].map(|most| ledger.open(most * MIB, false));
    assert!(ask(&mut ledger, first, 40));
    assert!(!ask(&mut ledger, large, 60));
    // It would fit, but then the large one would never come.
    assert!(!ask(&mut ledger, small, 10));
    ledger.close(first);
    assert!(ask(&mut ledger, large, 60) && ask(&mut ledger, small, 10));
}

#[test]
fn short_ones_do_not_wait_behind_others() {
    let mut ledger = Ledger::new(80 * MIB);
    let (full, waiting) = (ledger.open(70 * MIB, false), ledger.open(70 * MIB, false));
    assert!(ask(&mut ledger, full, 70) && !ask(&mut ledger, waiting, 70));
    let short: Vec<Id> = (0..11).map(|_| ledger.open(MIB, false)).collect();
    assert!(short[..10].iter().all(|id| ask(&mut ledger, *id, 1)));
    assert!(!ask(&mut ledger, short[10], 1));
    ledger.close(short[0]);
    assert!(ask(&mut ledger, short[10], 1));
}

#[test]
fn who_has_begun_does_not_wait_behind_who_has_not() {
    let mut ledger = Ledger::new(80 * MIB);
    let (full, waiting, begun) =
        (ledger.open(60 * MIB, false), ledger.open(60 * MIB, false), ledger.open(60 * MIB, true));
    assert!(ask(&mut ledger, full, 60) && !ask(&mut ledger, waiting, 60) && !ask(&mut ledger, begun, 60));
    ledger.close(full);
    assert!(ask(&mut ledger, begun, 60) && !ask(&mut ledger, waiting, 60));
}

#[test]
fn one_that_needs_more_than_there_is_runs_alone() {
    let mut ledger = Ledger::new(80 * MIB);
    let (beside, huge) = (ledger.open(2 * MIB, false), ledger.open(1000 * MIB, false));
    assert!(ask(&mut ledger, beside, 2) && !ask(&mut ledger, huge, 1000));
    ledger.close(beside);
    assert!(ask(&mut ledger, huge, 1000));
    let next = ledger.open(2 * MIB, false);
    assert!(!ask(&mut ledger, next, 2));
}

#[test]
fn what_an_ended_instance_held_is_there_again() {
    let mut ledger = Ledger::new(80 * MIB);
    let (held, next) = (ledger.open(60 * MIB, false), ledger.open(60 * MIB, false));
    assert!(ask(&mut ledger, held, 60) && !ask(&mut ledger, next, 60));
    ledger.end();
    assert!(ask(&mut ledger, next, 60));
    // Whoever still believes to hold it does no harm.
    assert!(ask(&mut ledger, held, 60));
    ledger.close(held);
    ledger.close(next);
    assert_eq!((ledger.held, ledger.held_by_bulk), (0, 0));
}

/// A number, and the next state of a simple generator.
fn random(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

/// Many that grow by steps, in every order: each of them comes to its end, and never is more given out than there is. Were
/// room given to whoever asks first, most of these runs would stand still.
#[test]
fn uploads_that_grow_never_wait_for_one_another_for_ever() {
    for seed in 1..=200 {
        let mut state = seed * 0x9E37_79B9;
        let mut ledger = Ledger::new(100 * MIB);
        let mut left: Vec<(Id, u64, u64)> = (0..64)
            .map(|_| {
                let most = 2 + random(&mut state, 40);
                // Some are bold and take more than they need.
                (ledger.open(most * MIB, false), 0, most + random(&mut state, 3) * 10)
            })
            .collect();
        let mut steps = 0;
        while !left.is_empty() {
            steps += 1;
            assert!(steps < 200_000, "seed {seed}: {} stand still", left.len());
            let at = random(&mut state, left.len() as u64) as usize;
            let (id, has, wants) = left[at];
            let next = (has + 1 + random(&mut state, 20)).min(wants);
            let is_bold = next * MIB > ledger.accounts[&id].most;
            if ask(&mut ledger, id, next) {
                left[at].1 = next;
                if next == wants {
                    ledger.close(id);
                    left.swap_remove(at);
                }
            } else if is_bold {
                // It has what it needs, so it ends without more.
                ledger.close(id);
                left.swap_remove(at);
            }
            assert!(ledger.held_by_bulk <= ledger.bulk && ledger.held <= ledger.total);
            let sum: u64 = ledger.accounts.values().map(|account| account.held).sum();
            assert_eq!(sum, ledger.held);
        }
    }
}
