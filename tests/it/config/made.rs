use std::fs;

use wicap_assist::config::{reference, template};

use super::Host;

#[test]
fn the_template_is_the_defaults() {
    let host = Host::new().repo(&template());
    assert_eq!(Host::new().settings().policy, host.settings().policy);
    assert_eq!(Host::new().settings().stack, host.settings().stack);
    // The same with every comment of a setting taken away.
    let line = |line: &str| line.strip_prefix("# ").unwrap_or(line).to_owned();
    let settings = template()
        .split("\n\n")
        .skip(1)
        .collect::<Vec<_>>()
        .join("\n");
    let text: String = settings
        .lines()
        .filter(|line| !line.starts_with("##") && !line.ends_with('.'))
        .map(|one| line(one) + "\n")
        .collect();
    let values = |host: &Host| -> Vec<(String, Option<String>)> {
        let shown = host.settings().shown();
        shown.into_iter().map(|one| (one.name, one.value)).collect()
    };
    let without_home = |mut host: Host| {
        host.env.vars.remove("HOME");
        host
    };
    let told = without_home(Host::new().repo(&text));
    let plain = without_home(Host::new());
    let same = |(name, _): &(String, Option<String>)| name != "repo_root" && name != "data_dir";
    let told: Vec<_> = values(&told).into_iter().filter(same).collect();
    let plain: Vec<_> = values(&plain).into_iter().filter(same).collect();
    assert_eq!(plain, told);
}

#[test]
fn the_reference_is_made_from_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONFIG.md");
    if std::env::var_os("WICAP_ASSIST_BLESS").is_some() {
        fs::write(path, reference()).unwrap();
    }
    let hint = "run the tests with WICAP_ASSIST_BLESS=1 to write it anew";
    assert_eq!(
        fs::read_to_string(path).unwrap_or_default(),
        reference(),
        "{hint}"
    );
}
