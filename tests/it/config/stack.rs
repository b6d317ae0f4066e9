use std::collections::BTreeSet;

use wicap_assist::{
    config::Profile,
    model::{Criticality, ServiceName, ServiceProfile},
};

use super::Host;

fn names(keys: &[&str]) -> BTreeSet<ServiceName> {
    keys.iter().map(|key| key.parse().unwrap()).collect()
}

#[test]
fn a_service_is_changed_in_part() {
    let settings = Host::new()
        .repo(
            "[stack.services.ui]\nrestartable = false\n\
             probe = { url = \"http://127.0.0.1:9000/health\" }\n\
             [stack.services.intel-worker]\ncriticality = \"warn\"\ndepends_on = [\"wicap-redis\"]",
        )
        .settings();
    let profile = |key: &str| settings.stack.services[&key.parse().unwrap()].clone();
    let ui = profile("ui");
    assert!(!ui.is_restartable && ui.is_core);
    let probe = ui.probe.unwrap();
    assert_eq!("http://127.0.0.1:9000/health", probe.url);
    assert_eq!(Some(r#""status":"degraded""#), probe.degraded_if.as_deref());
    let worker = profile("intel-worker");
    assert_eq!(Criticality::Warn, worker.criticality);
    assert_eq!("redis", worker.depends_on[0].as_str());
    assert_eq!(5, settings.stack.services.len());
    let without = Host::new()
        .repo("[stack.services.ui]\nprobe = false")
        .settings();
    assert_eq!(None, without.stack.services[&"ui".parse().unwrap()].probe);
}

#[test]
fn another_project_starts_from_nothing() {
    let count = |text: &str| Host::new().repo(text).settings().stack.services.len();
    assert_eq!(4, count("[stack]\nproject = \"wicap\""));
    assert_eq!(0, count("[stack]\nproject = \"shop\""));
    assert_eq!(
        1,
        count("[stack]\nproject = \"shop\"\n[stack.services.web]")
    );
    assert_eq!(4, count("[stack]\nproject = \"shop\"\nprofile = \"wicap\""));
    assert_eq!(0, count("[stack]\nprofile = \"none\""));
    assert_eq!(5, count("[stack.services.web]"));
    let by_flag = Host::new().flag("--project", "shop").settings();
    assert_eq!(
        (4, Profile::Assumed),
        (by_flag.stack.services.len(), by_flag.profile)
    );
}

#[test]
fn an_assumed_profile_needs_a_stack_that_looks_like_it() {
    let host = || Host::new().flag("--project", "shop");
    let seen = names(&["web", "db"]);
    assert_eq!(0, host().settings().stack_for(&seen).services.len());
    let named = host().repo("[stack.services.web]\n[stack.services.ui]\ncore = false");
    let kept = named.settings().stack_for(&seen).services;
    assert_eq!(names(&["ui", "web"]), kept.into_keys().collect());
    let asked = host().repo("[stack]\nprofile = \"wicap\"");
    assert_eq!(4, asked.settings().stack_for(&seen).services.len());
    let wicap = names(&["redis", "ui", "processor"]);
    assert_eq!(4, host().settings().stack_for(&wicap).services.len());
}

#[test]
fn a_service_that_nobody_describes_is_watched_and_may_be_restarted() {
    let settings = Host::new().repo("[stack.services.web]").settings();
    let web = &settings.stack.services[&"web".parse().unwrap()];
    assert_eq!(&ServiceProfile::default(), web);
}
