//! The bucket that all clients work on.

use std::path::Path;
use std::time::Duration;

use ossicle_emulator::{BucketSpec, Emulator};
use ossicle_peers::{Job, Kind, LIST, LISTED, Problem, SMALL, SPREAD, Source, TRANSFER, Work, small};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::runtime::Runtime;

const BUCKET: &str = "bench";
const REGION: &str = "cn-hangzhou";
const ACCESS_KEY_ID: &str = "LTAI-bench";
const SECRET: &str = "bench-secret";
/// The emulator takes the name before it for a bucket.
const HOST: &str = "localhost";

/// An emulator and what is read there.
pub struct Place {
    emulator: Emulator,
    certificate: Option<String>,
    /// What the emulator runs on.
    _runtime: Runtime,
}

impl Place {
    pub fn new(is_secure: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let bucket = BucketSpec::new(BUCKET).region(REGION);
        let mut emulator = Emulator::builder().bucket(bucket).access_key(ACCESS_KEY_ID, SECRET);
        let mut certificate = None;
        if is_secure {
            let made = rcgen::generate_simple_self_signed([format!("{BUCKET}.{HOST}")]).expect("a certificate");
            let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
            let tls = ServerConfig::builder().with_no_client_auth();
            let tls = tls.with_single_cert(vec![made.cert.der().clone()], key).expect("a server");
            (emulator, certificate) = (emulator.tls(tls.into()), Some(made.cert.pem()));
        }
        let emulator = runtime.block_on(emulator.start()).expect("the emulator starts");
        let objects = emulator.bucket(BUCKET);
        for number in 0..SPREAD {
            objects.put_raw(&format!("small/{number:03}"), small(SMALL));
        }
        for number in 0..LISTED {
            objects.put_raw(&format!("{LIST}{number:06}.example.com.json"), small(1));
        }
        let (mut large, mut source) = (Vec::with_capacity(TRANSFER as usize), Source::new(TRANSFER));
        while source.left() > 0 {
            large.extend_from_slice(&source.chunk(usize::MAX));
        }
        objects.put_raw("large", large);
        Self { emulator, certificate, _runtime: runtime }
    }

    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    pub fn job(&self, peer: &str, work: &Work, length: Duration, cache: &Path) -> Job {
        // What was recorded of the requests before is not wanted.
        self.emulator.reset();
        Job {
            peer: peer.to_owned(),
            kind: work.kind,
            in_flight: work.in_flight,
            threads: 1,
            warm_up: length / 10,
            length,
            is_secure: self.certificate.is_some(),
            host: HOST.to_owned(),
            address: self.emulator.addr(),
            certificate: self.certificate.clone(),
            bucket: BUCKET.to_owned(),
            region: REGION.to_owned(),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            access_key_secret: SECRET.to_owned(),
            cache: cache.to_owned(),
        }
    }

    /// Whether what was written is there, and takes it away.
    pub fn check(&self, job: &Job) -> Result<(), Problem> {
        let objects = self.emulator.bucket(BUCKET);
        let name = job.object(0);
        let mut expected = match job.kind {
            Kind::Put => Source::new(SMALL as u64),
            Kind::Upload => Source::new(TRANSFER),
            _ => return Ok(()),
        };
        let mut stored = objects.get_raw(&name).ok_or("nothing was written")?;
        while expected.left() > 0 {
            let chunk = expected.chunk(stored.len());
            if chunk.is_empty() || stored.split_to(chunk.len()) != chunk {
                return Err("something else was written".into());
            }
        }
        objects.remove_raw(&name);
        if stored.is_empty() { Ok(()) } else { Err("more was written".into()) }
    }
}
