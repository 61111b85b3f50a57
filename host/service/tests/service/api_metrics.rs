//! What `/metrics` tells of what tenants and the process do.

use std::collections::BTreeSet;

use ossicle_service::{ConfigSource, LiveTenants, ServeFile, ServerSettings};

use crate::api_world::{ApiProcess, Given, emulator_with, tenant, until};
use crate::client::{Client, brought, content};
use crate::world::{PART, Process, emulator, options, own_engine, own_engine_within};

const READ_WRITE: &str = "rights = [\"read\", \"write\"]";

/// What Prometheus reads of it.
struct Scraped(String);

impl Scraped {
    async fn of(client: Client) -> Self {
        Self(String::from_utf8(client.get("/metrics").await.expect(200).body.to_vec()).unwrap())
    }

    /// The value of a metric with its labels, as it stands there.
    fn value(&self, series: &str) -> Option<f64> {
        let found = self.0.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        found.map(|value| value.parse().unwrap())
    }

    fn expect(&self, series: &str) -> f64 {
        self.value(series).unwrap_or_else(|| panic!("no {series} in\n{}", self.0))
    }

    /// The counts of a histogram's buckets in their order, the last of which has no end.
    fn buckets(&self, name: &str, labels: &str) -> Vec<(f64, f64)> {
        let start = format!("{name}_bucket{{{labels},le=\"");
        let lines = self.0.lines().filter_map(|line| line.strip_prefix(&start)?.split_once("\"} "));
        lines.map(|(end, count)| (end.parse().unwrap(), count.parse().unwrap())).collect()
    }

    /// Checks that a histogram is one, with so many things in it.
    fn expect_histogram(&self, name: &str, labels: &str, count: f64) {
        assert!(self.0.contains(&format!("# TYPE {name} histogram\n")), "{name}");
        let buckets = self.buckets(name, labels);
        let rises = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
        assert!(buckets.len() > 2 && buckets.windows(2).all(rises), "{name}: {buckets:?}");
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, count)), "{name}");
        assert_eq!(self.expect(&format!("{name}_count{{{labels}}}")), count, "{name}");
        // In seconds: nothing here takes a minute.
        let sum = self.expect(&format!("{name}_sum{{{labels}}}"));
        assert!(sum > 0.0 && sum < 60.0, "{name}: {sum}");
    }

    /// Checks that all values of a metric stand below its type, and no metric is there twice.
    fn expect_order(&self) {
        let (mut seen, mut present) = (BTreeSet::new(), String::new());
        for line in self.0.lines() {
            if let Some(head) = line.strip_prefix("# TYPE ") {
                let name = head.split(' ').next().unwrap();
                assert!(seen.insert(name), "{name} is there twice");
                present = name.to_owned();
            } else if !line.starts_with('#') {
                let name = line.split(['{', ' ']).next().unwrap();
                let rest = name.strip_prefix(&present).unwrap_or_else(|| panic!("{line} below {present}"));
                assert!(["", "_bucket", "_sum", "_count"].contains(&rest), "{line} below {present}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_told_by_how_long_they_took_and_what_runs_now() {
    let emulator = emulator_with(&["one", "two"]).await;
    let endpoint = emulator.endpoint();
    let given = Given::new(READ_WRITE);
    let config = tenant("one", &endpoint, &[&given], "") + &tenant("two", &endpoint, &[], "");
    // Of the process's other tests nothing is in its figures.
    let process = ApiProcess::start_on(own_engine(), &config, ServerSettings::default(), None).await;
    process.send(given.text(), "PUT", "/v1/certificates/a", "a value").await.expect(200);
    for _ in 0..3 {
        process.send(given.text(), "GET", "/v1/certificates/a", "").await.expect(200);
    }
    let counted = Scraped::of(process.client()).await;
    counted.expect_order();
    counted.expect_histogram("ossicle_call_seconds", "tenant=\"one\",operation=\"load\"", 3.0);
    let waits = counted.expect("ossicle_call_wait_seconds_count{tenant=\"one\"}");
    counted.expect_histogram("ossicle_call_wait_seconds", "tenant=\"one\"", waits);
    assert!(waits >= 4.0, "{waits}");
    let sent = counted.expect("ossicle_oss_requests_total{tenant=\"one\"}");
    counted.expect_histogram("ossicle_oss_response_seconds", "tenant=\"one\"", sent);
    assert!(counted.expect("ossicle_computed_seconds_total{tenant=\"one\"}") > 0.0);
    assert_eq!(counted.expect("ossicle_instances_alive{tenant=\"one\"}"), 1.0);
    let memory = counted.expect("ossicle_instances_memory_bytes{tenant=\"one\"}");
    assert!(memory > 0.0);
    // A tenant that nobody called has no histogram, and nothing of what there is at the moment.
    assert!(counted.value("ossicle_call_wait_seconds_count{tenant=\"two\"}").is_none());
    for name in ["calls_queued", "calls_running", "streams_running", "instances_alive", "oss_connections_open"] {
        assert_eq!(counted.expect(&format!("ossicle_{name}{{tenant=\"two\"}}")), 0.0, "{name}");
    }
    // All tenants together: the other one has nothing.
    assert_eq!(counted.expect("ossicle_engine_instances"), 1.0);
    assert_eq!(counted.expect("ossicle_engine_memory_bytes"), memory);
    assert_eq!(counted.expect("ossicle_engine_memory_limit_bytes"), 4_294_967_296.0);
    assert_eq!(
        counted.expect("ossicle_engine_connections"),
        counted.expect("ossicle_oss_connections_open{tenant=\"one\"}")
    );
    assert_eq!(counted.expect("ossicle_engine_connections_limit"), 4096.0);
    assert_eq!(counted.expect("ossicle_engine_lookups_limit"), 256.0);
    assert!(counted.value("ossicle_engine_instances_limit").is_none(), "there may be any number of them here");

    let (pieces, body) = brought();
    let (client, token) = (process.client(), format!("Bearer {}", given.text()));
    let upload = async move { client.send_body("PUT", "/v1/blobs/b", &[("authorization", &token)], body).await };
    let upload = tokio::spawn(upload);
    pieces.send(content(1, 1000)).await.unwrap();
    let running = "ossicle_streams_running{tenant=\"one\"}";
    until("the upload runs", async || Scraped::of(process.client()).await.value(running) == Some(1.0)).await;
    drop(pieces);
    upload.await.unwrap().expect(200);
    until("the upload is over", async || Scraped::of(process.client()).await.value(running) == Some(0.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registry_tells_the_same_of_its_tenants() {
    let emulator = emulator().await;
    let process = Process::start(&emulator, options(PART)).await;
    process.client().push_streamed("app", &content(1, 1000)).await;
    let counted = Scraped::of(process.client()).await;
    counted.expect_order();
    counted.expect_histogram("ossicle_call_seconds", "tenant=\"default\",operation=\"put-content\"", 2.0);
    assert_eq!(counted.expect("ossicle_instances_alive{tenant=\"default\"}"), 1.0);
    assert!(counted.expect("ossicle_engine_instances") >= 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_all_tenants_may_take_is_what_the_file_says() {
    let emulator = emulator_with(&["one"]).await;
    let given = Given::new(READ_WRITE);
    let limits = "[engine]\ninstances = 3\nmemory = \"1GiB\"\nconnections = 100\nlookups = 2\nprocessor-time = 50\n";
    let config = limits.to_owned() + &tenant("one", &emulator.endpoint(), &[&given], "");
    let read = ServeFile::read(&config).unwrap();
    let engine = own_engine_within(read.engine().clone());
    let process = ApiProcess::start_on(engine, &config, ServerSettings::default(), None).await;
    process.send(given.text(), "PUT", "/v1/blobs/a", "x").await.expect(200);
    let counted = Scraped::of(process.client()).await;
    let names = ["instances_limit", "memory_limit_bytes", "connections_limit", "lookups_limit"];
    let told = names.map(|name| counted.expect(&format!("ossicle_engine_{name}")));
    assert_eq!(told, [3.0, 1_073_741_824.0, 100.0, 2.0]);
    // It would not be as the file says.
    let refused = LiveTenants::open(ConfigSource::Text(config.into()), own_engine()).await.unwrap_err().to_string();
    assert_eq!(refused, "engine: the engine was made with other limits");
}
