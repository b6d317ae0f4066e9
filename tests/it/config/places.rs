use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use wicap_assist::config::{DataFolderError, Flags, check_data_folder};

use super::{Host, check_shown};

#[test]
fn a_file_by_name_takes_the_place_of_the_one_in_the_repository() {
    let host = || {
        Host::new()
            .file("mine.toml", "[policy]\nsettle = 3")
            .repo("[policy]\nsettle = 4\nrelapse = 5")
            .data("[policy]\nsettle = 6\nrelapse = 7")
    };
    let by_flag = |mut host: Host| {
        let mine = host.at("mine.toml");
        host.flags.path("--config", Some(&mine));
        host
    };
    check_shown(by_flag(host()), "policy.settle", ("3s", "mine.toml:2"));
    check_shown(
        by_flag(host()),
        "policy.relapse",
        ("7s", "data/wicap-assist.toml:3"),
    );
    check_shown(host(), "policy.relapse", ("5s", "repo/wicap-assist.toml:3"));
    let host = host();
    let mine = host.at("mine.toml");
    let by_var = host.var("WICAP_ASSIST_CONFIG", mine.to_str().unwrap());
    check_shown(by_var, "policy.settle", ("3s", "mine.toml:2"));
}

#[test]
fn the_data_folder_is_found_in_order() {
    let mut host = Host::new();
    host.flags = Flags::default();
    let folder = |host: &Host| host.settings().paths.data_dir;
    assert_eq!(host.at("home/.local/state/wicap-assist"), folder(&host));
    let state = host.at("state");
    host = host.var("XDG_STATE_HOME", state.to_str().unwrap());
    assert_eq!(host.at("state/wicap-assist"), folder(&host));
    host.env.is_root = true;
    assert_eq!(PathBuf::from("/var/lib/wicap-assist"), folder(&host));
    fs::create_dir(host.at("here/data")).unwrap();
    assert_eq!(host.at("here/data"), folder(&host));
    host = host.var("WICAP_ASSIST_DATA_DIR", "~/mine");
    assert_eq!(host.at("home/mine"), folder(&host));
    let db = host.at("old/assistant.db");
    host.flags.path("--db", Some(&db));
    assert_eq!(host.at("old"), folder(&host));
    let named = host.at("named");
    host.flags.path("--data-dir", Some(&named));
    assert_eq!(host.at("named"), folder(&host));
}

#[test]
fn the_repository_is_found_where_the_predecessor_found_it() {
    let mut host = Host::new();
    host.env.vars.remove("WICAP_REPO_ROOT");
    let root = |host: &Host| host.settings().paths.repo_root;
    let make = |host: &Host, name: &str| {
        fs::create_dir_all(host.at(name)).unwrap();
        fs::write(host.at(name).join("docker-compose.yml"), "").unwrap();
    };
    assert_eq!(None, root(&host));
    make(&host, "home/apps/wicap");
    assert_eq!(Some(host.at("home/apps/wicap")), root(&host));
    make(&host, "wicap");
    assert_eq!(Some(host.at("wicap")), root(&host));
    make(&host, "here/wicap");
    assert_eq!(Some(host.at("here/wicap")), root(&host));
    host = host.file("here/wicap-assist.toml", "");
    assert_eq!(Some(host.at("here")), root(&host));
    let kill = host.settings().paths.kill_files();
    assert_eq!(host.at("here/.wicap_assist_autonomous.kill"), kill[0]);
    assert_eq!(host.at("data/KILL"), kill[1]);
}

#[test]
fn a_data_folder_that_cannot_be_used_is_refused_with_a_hint() {
    let host = Host::new().file("plain", "");
    assert!(check_data_folder(&host.at("data")).is_ok());
    assert!(check_data_folder(&host.at("data/deeper/still")).is_ok());
    let error = check_data_folder(&host.at("plain")).unwrap_err();
    assert!(matches!(error, DataFolderError::NotAFolder(_)));
    assert!(check_data_folder(&host.at("plain/below")).is_err());
    assert!(error.hint().contains("--data-dir"));
    let locked = host.at("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    // Nothing is locked to root.
    if fs::write(locked.join("probe"), "").is_err() {
        let error = check_data_folder(&locked.join("data")).unwrap_err();
        assert!(matches!(error, DataFolderError::NotWritable { .. }));
    }
}
