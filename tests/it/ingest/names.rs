//! What a failure is called depends on no key, no network and no station.

use std::fs;

use serde_json::Value;

use super::corpus::{Place, ingest};
use crate::run;

const LOG: &str = "\
2026-03-04 12:00:00,000 ERROR [wicap.scout] deauth storm on ssid=lab-net from aa:bb:cc:dd:ee:ff
2026-03-04 12:01:00,000 ERROR [wicap.scout] handshake with peer 10.9.8.7 lost on SSID 'Cafe 2'
";

const STREAM: &str = "\
{\"anomaly_contract_version\":\"wicap.anomaly.v3\",\"ts\":\"2026-03-04T09:00:00Z\",\"category\":\"anomaly_stream\",\"sensor_id\":\"s-1\",\"score\":91,\"signature\":\"deauth|lab-net\",\"is_anomaly\":true}
{\"anomaly_contract_version\":\"wicap.anomaly.v3\",\"ts\":\"2026-03-04T09:01:00Z\",\"category\":\"anomaly_stream\",\"sensor_id\":\"s-1\",\"score\":91,\"signature\":\"deauth|client|aa:bb:cc:dd:ee:ff\",\"is_anomaly\":true}
";

fn place() -> Place {
    let place = Place::new();
    place.write("wicap/logs_soak_1/scout.log", LOG);
    place.write("wicap/captures/wicap_anomaly_events_v3.jsonl", STREAM);
    place
}

#[test]
fn a_signature_is_the_same_under_every_key() {
    let mut seen: Option<Vec<String>> = None;
    for (key, keeps) in [(1, false), (2, false), (3, false), (4, false), (5, true)] {
        let place = place();
        fs::create_dir_all(place.data()).unwrap();
        fs::write(place.data().join("pseudonym.key"), [key; 32]).unwrap();
        let mut options = place.options();
        options.keep_identifiers = keeps;
        ingest(options);
        let ids = place.column("SELECT signature_id || ' ' || template FROM signatures ORDER BY 1");
        assert_eq!(4, ids.len(), "{ids:#?}");
        let first = seen.get_or_insert_with(|| ids.clone());
        assert_eq!(first, &ids, "key {key}, keeps {keeps}");
    }
}

#[test]
fn the_same_failure_of_another_network_is_found() {
    let place = place();
    place.ingest();
    let data = place.data();
    let ask = |line: &str| -> Value {
        let asked = ["recommend", line, "--json", "--data-dir"];
        let asked = [&asked[..], &[data.to_str().unwrap()]].concat();
        serde_json::from_str(&run::run(place.folder.path(), &asked).stdout).unwrap()
    };
    let storm = ask("deauth storm on ssid=guests from 02:11:22:33:44:55");
    let lost = ask("handshake with peer 172.16.0.9 lost on SSID 'Hotel'");
    let other = ask("beacon storm over channel=6 by 02:11:22:33:44:55");
    let failure = |answer: &Value| answer["failure"]["signature"].clone();
    let ids =
        place.column("SELECT signature_id FROM signatures WHERE template LIKE 'deauth storm%'");
    assert_eq!(Value::from(ids[0].as_str()), failure(&storm), "{storm:#}");
    assert!(failure(&lost).is_string(), "{lost:#}");
    assert_ne!(failure(&storm), failure(&lost));
    assert!(failure(&other).is_null(), "{other:#}");
}
