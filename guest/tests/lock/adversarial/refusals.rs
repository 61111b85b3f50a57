//! Refusals and outages.

use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::Unlocked;
use ossicle_guest::ports::TransportErrorKind;

use crate::oss::{Reply, SECOND};
use crate::peer::*;
use crate::world::{Copy, Fate, HALF};

#[test]
fn test_25_a_refusal_is_told_at_once() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        for before in [vec![], vec![Fate::fine()]] {
            let mut fates = before;
            fates.push(Fate::instead(Reply::error(403, "AccessDenied")));
            script(world, fates);
            let error = failure(peer.lock(100));
            assert_eq!((error.kind, error.retryable), (ErrorKind::AccessDenied, false));
            assert!(error.message.contains("oss:PutObject") && error.message.contains(OBJECT), "{error}");
            assert_eq!(error.key.as_deref(), Some(NAME));
        }
        assert_eq!((kinds(world).as_str(), world.now() < SECOND), ("", true));
    });
}

#[test]
fn test_25_outages_are_sat_out() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        for status in [500, 503, 429, 408] {
            let refuse = || Fate::instead(Reply::error(status, "Busy"));
            script(world, [refuse(), Fate::fine(), refuse(), refuse()]);
            let lease = peer.lock(30).unwrap();
            script(world, [refuse(), refuse()]);
            let lease = peer.renew(&lease).unwrap();
            script(world, [refuse(), refuse()]);
            assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released), "{status}");
        }
        for kind in [TransportErrorKind::NotSent, TransportErrorKind::Broken, TransportErrorKind::TimedOut] {
            let fail = || Fate { copies: Vec::new(), fails: Some((HALF, kind)) };
            script(world, [fail(), fail(), Fate::unanswered(), fail()]);
            let lease = peer.lock(30).unwrap();
            assert_eq!(peer.unlock(&lease), Ok(Unlocked::Released));
        }
        assert!(kinds(world).starts_with("ANLANLANLANL"));
    });
}

#[test]
fn test_25_a_refusal_after_an_open_append_resolves_that_first() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        let lease = peer.lock(0).unwrap();
        // Undecided, not there yet, refused, there: it landed.
        let late = Fate {
            copies: vec![Copy { arrives: 5 * HALF, ..Copy::default() }],
            fails: Some((HALF, TransportErrorKind::Broken)),
        };
        script(world, [late, Fate::fine(), Fate::instead(Reply::error(403, "AccessDenied"))]);
        assert_eq!(peer.renew(&lease).unwrap().token, lease.token);
        assert_eq!(kinds(world), "AN");
    });
}

#[test]
fn test_25_renewal_tells_lost_from_unreachable() {
    on_every_bucket(|world| {
        let (peer, other) = (Peer::new(world), Peer::new(world));
        let lease = peer.lock(0).unwrap();
        world.set_fate(|_, _| Fate::lost());
        let error = failure(peer.renew(&lease));
        assert!(error.retryable && error.kind == ErrorKind::Unavailable, "{error}");
        world.set_fate(|_, _| Fate::fine());
        world.run_until(70 * SECOND);
        assert!(!peer.is_held(&lease));
        let lease = peer.renew(&lease).unwrap();
        assert!(peer.is_held(&lease), "nobody came between");
        world.run_until(140 * SECOND);
        other.lock(0).unwrap();
        assert!(is_lost(&peer.renew(&lease)));
    });
}

#[test]
fn test_26_refusals_surface_as_themselves() {
    on_every_bucket(|world| {
        let peer = Peer::new(world);
        for (status, code, kind) in [
            (409, "ObjectNotAppendable", ErrorKind::Conflict),
            (409, "FileImmutable", ErrorKind::Conflict),
            (403, "InvalidObjectState", ErrorKind::Unsupported),
            (400, "InvalidArgument", ErrorKind::Service),
            (404, "NoSuchBucket", ErrorKind::NoSuchBucket),
        ] {
            script(world, [Fate::fine(), Fate::instead(Reply::error(status, code))]);
            let error = failure(peer.lock(100));
            assert_eq!((error.kind, error.answer.unwrap().code.as_str()), (kind, code));
            assert_eq!(kinds(world), "");
        }
        script(world, [Fate::instead(Reply::error(404, "NoSuchBucket"))]);
        assert_eq!(failure(peer.lock(100)).kind, ErrorKind::NoSuchBucket, "never a free lock");
        script(world, [Fate::instead(Reply::new(404))]);
        assert_eq!(
            failure(peer.lock(100)).kind,
            ErrorKind::Service,
            "nor is an answer that does not say what is missing"
        );
    });
}
