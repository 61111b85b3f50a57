//! The course of a server from its first connection to its last.

use crate::error::Exit;
use crate::terminal::output;
use crate::terminal::signals::{orderly, signal};
use ossicle_service::{Application, Server};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::oneshot;

/// After how long an end that waits for requests is worth a word.
const BRIEF: Duration = Duration::from_secs(1);

/// Serves until a signal comes, which `stopping` then hears of.
pub async fn run<A: Application>(server: Server<A>, limit: Duration, stopping: impl FnOnce()) -> Exit {
    let _orderly = orderly();
    let (told, asked) = oneshot::channel();
    let mut running = pin!(server.run(async {
        signal().await;
        stopping();
        // Nobody hears it once the server has ended by itself.
        let _ = told.send(());
    }));
    let lasts = async {
        // An error says that the server has ended without a signal.
        let _ = asked.await;
        tokio::time::sleep(BRIEF).await;
    };
    tokio::select! {
        () = &mut running => return Exit::Success,
        () = lasts => {}
    }
    let limit = limit.as_secs();
    output::remark(&format!("requests are under way, which may take up to {limit} s; another signal ends it at once"));
    running.await;
    Exit::Success
}
