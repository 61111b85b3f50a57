//! Reading: over broken connections, of files that change, and at every offset.

use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_guest::blob::Reason;
use ossicle_guest::error::ErrorKind;

use crate::world::{Condition, ReadOptions, World, WriteOptions, bytes, kind};

const SIZE: usize = 300_000;

#[tokio::test]
async fn offsets_within_at_and_beyond_the_end() {
    let world = World::new().await;
    let whole = bytes(96, 1);
    world.put_raw("/f", &whole);
    for offset in [0, 1, 32, 64, 95, 96, 97, 1 << 40] {
        let from = whole.len().min(offset as usize);
        world.ground.take_counts();
        assert_eq!(world.read("/f", offset).await.unwrap(), whole[from..], "{offset}");
        // Where there is nothing to read the file is looked at, to tell what it is.
        let looks = (from == whole.len()).then(|| ("HeadObject".to_owned(), 1));
        assert_eq!(
            world.ground.take_counts(),
            [("GetObject".to_owned(), 1)].into_iter().chain(looks).collect::<Vec<_>>()
        );
    }
    let error = world.driver.read("/f", -1, ReadOptions::default()).await.err().unwrap();
    assert_eq!((&error.reason, error.offset, error.path.as_deref()), (&Reason::InvalidOffset, Some(-1), Some("/f")));
    for offset in [0, 64] {
        let error = world.driver.read("/missing", offset, ReadOptions::default()).await.err().unwrap();
        assert_eq!((error.kind(), error.offset), (Some(ErrorKind::NotFound), Some(offset)));
    }
    world.put_raw("/empty", b"");
    for offset in [0, 1] {
        assert_eq!(world.read("/empty", offset).await.unwrap(), b"");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_gone_on_after() {
    let world = World::new().await;
    let whole = bytes(SIZE, 1);
    world.put_raw("/f", &whole);
    for (offset, cut, times) in [(0, 1000, 3), (0, 0, 1), (1000, 100_000, 2), (0, SIZE as u64 - 1, 1)] {
        world.ground.take_counts();
        let fault = world
            .ground
            .fault(FaultRule::new(FaultAction::CutResponse { at: cut }).on(Operation::GetObject).times(times));
        assert!(world.read("/f", offset as i64).await.unwrap() == whole[offset..]);
        assert_eq!(fault.hits(), times);
        assert_eq!(world.ground.take_counts(), [("GetObject".to_owned(), times + 1)]);
        world.ground.clear_faults();
    }
    // What always breaks before a byte comes is given up, and is an error, never an early end.
    world.ground.fault(FaultRule::new(FaultAction::CutResponse { at: 0 }).on(Operation::GetObject));
    assert_eq!(kind(world.read("/f", 0).await), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_file_that_changes_meanwhile() {
    let cut = || FaultRule::new(FaultAction::CutResponse { at: 1000 }).on(Operation::GetObject).once();
    for change in 0..3 {
        let world = World::new().await;
        world.put_raw("/f", &bytes(SIZE, 1));
        world.ground.fault(cut());
        let mut reader = world.driver.read("/f", 0, ReadOptions::default()).await.unwrap();
        match change {
            0 => world.put_raw("/f", &bytes(SIZE, 2)),
            1 => world.put_raw("/f", b"short"),
            _ => world.bucket().remove_raw("registry/f"),
        }
        let error = loop {
            match reader.chunk().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("an early end"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), Some(ErrorKind::Conflict), "{error}");
    }
}

#[tokio::test]
async fn a_byte_that_is_damaged_is_found() {
    let world = World::new().await;
    world.put_raw("/f", &bytes(SIZE, 1));
    for at in [0, 150_000, SIZE as u64 - 1] {
        world.ground.fault(FaultRule::new(FaultAction::CorruptResponse { at }).on(Operation::GetObject));
        assert_eq!(kind(world.read("/f", 0).await), ErrorKind::Corrupt);
        assert_eq!(kind(world.driver.get_content("/f", Condition::default()).await), ErrorKind::Corrupt);
        world.ground.clear_faults();
    }
    // Also in what came after a break.
    world.ground.fault(FaultRule::new(FaultAction::CutResponse { at: 1000 }).on(Operation::GetObject).once());
    world.ground.fault(FaultRule::new(FaultAction::CorruptResponse { at: 7 }).on(Operation::GetObject).skip(1));
    assert_eq!(kind(world.read("/f", 0).await), ErrorKind::Corrupt);
    world.ground.clear_faults();
    world.ground.fault(FaultRule::new(FaultAction::DropCrc).on(Operation::GetObject));
    assert_eq!(kind(world.read("/f", 0).await), ErrorKind::Corrupt, "what can't be checked is no success");
}

#[tokio::test]
async fn several_are_read_at_once_and_some_not_at_all() {
    let world = World::new().await;
    let whole = bytes(SIZE, 1);
    world.put_raw("/f", &whole);
    let mut open = Vec::new();
    for offset in [0, 32, 64, 1000] {
        open.push((offset, world.driver.read("/f", offset as i64, ReadOptions::default()).await.unwrap()));
    }
    world.driver.put_content("/g", "x".into(), &WriteOptions::default()).await.unwrap();
    let (_, unread) = open.remove(0);
    for (offset, mut reader) in open {
        let mut read = Vec::new();
        while let Some(chunk) = reader.chunk().await.unwrap() {
            read.extend_from_slice(&chunk);
        }
        assert!(read == whole[offset..]);
    }
    assert_eq!(unread.remaining(), SIZE as u64);
}
