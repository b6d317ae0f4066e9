use super::{EnvRule, Kind, Section, asked};

const BANDS: &[&str] = &["2.4ghz", "5ghz", "6ghz", "all"];

pub(super) const CAPTURE: &[EnvRule] = &[
    asked(Section::Capture, "WICAP_INTERFACE", Kind::Interface)
        .required()
        .default("auto")
        .help("the radio that captures, or `auto`")
        .examples(
            &["auto", "wlan1", "wlx00c0ca112233"],
            &["", "a/b", "wlan1 ", "wlan:1", "a-name-too-long-", ".."],
        ),
    asked(Section::Capture, "WICAP_INTERFACE_MAC", Kind::Mac)
        .default("")
        .help("its address, so that another radio under the same name is not taken for it")
        .examples(
            &["", "00:c0:ca:11:22:33", "00-C0-CA-11-22-33"],
            &[
                "00:c0:ca:11:22",
                "00:c0:ca:11:22:zz",
                "00c0ca112233",
                "00:00:00:00:00:00",
            ],
        ),
    asked(Section::Capture, "WICAP_INTERFACE_REGEX", Kind::Pattern)
        .default("")
        .help("which interfaces `auto` may take")
        .examples(&["", "^wlx.*$"], &["^wl(", "*"]),
    asked(
        Section::Capture,
        "WICAP_INTERFACE_EXCLUDE_REGEX",
        Kind::Pattern,
    )
    .default("^wlo[0-9]+$")
    .help("which interfaces `auto` must leave alone")
    .examples(&["", "^(eth0|wlo[0-9]+)$"], &["["]),
    asked(Section::Capture, "WICAP_BANDS", Kind::Words(BANDS))
        .default("2.4ghz")
        .help("bands to listen on: 2.4ghz, 5ghz, 6ghz with commas, or all")
        .examples(&["2.4ghz", "2.4ghz,5ghz", "all"], &["", "2.4", "5GHz;6ghz"]),
    asked(
        Section::Capture,
        "WICAP_CAPTURE_BACKEND",
        Kind::Word(&["auto", "scapy", "libpcap"]),
    )
    .default("auto")
    .help("auto, scapy or libpcap")
    .examples(&["auto", "libpcap"], &["", "pcap", "Scapy"]),
    asked(
        Section::Capture,
        "WICAP_ALLOW_MANAGEMENT_INTERFACE",
        Kind::Bool,
    )
    .default("false")
    .help("capture on the interface that carries the default route; you may lock yourself out")
    .examples(&["false", "yes"], &["", "perhaps"]),
];

pub(super) const BLUETOOTH: &[EnvRule] = &[
    asked(Section::Bluetooth, "WICAP_BT_ENABLED", Kind::Bool)
        .default("false")
        .help("whether a Bluetooth sniffer is attached")
        .examples(&["true", "off"], &["", "nrf"]),
    asked(Section::Bluetooth, "WICAP_BT_INTERFACE", Kind::Device)
        .default("auto")
        .help("the sniffer's device, or `auto`")
        .examples(
            &[
                "auto",
                "/dev/serial/by-id/usb-Nordic_nRF_Sniffer_1A2B3C4D5E6F-if00",
                "/dev/ttyACM0",
            ],
            &["", "ttyACM0", "COM3", "/dev/../etc/passwd"],
        ),
    asked(
        Section::Bluetooth,
        "WICAP_BT_INTERFACE_GLOB",
        Kind::DeviceGlob,
    )
    .default("/dev/serial/by-id/*nRF*")
    .help("which devices `auto` looks at")
    .examples(&["", "/dev/ttyACM*"], &["ttyACM*", "~/nrf"]),
    asked(Section::Bluetooth, "WICAP_BT_SERIAL", Kind::Serial)
        .default("")
        .help("the sniffer's serial number")
        .examples(&["", "1A2B3C4D5E6F"], &["a b", "x;y"]),
    asked(Section::Bluetooth, "WICAP_BT_CAPTURE_DIR", Kind::Path)
        .default("./captures/bt")
        .help("where Bluetooth captures go")
        .examples(&["./captures/bt"], &[""]),
    asked(Section::Bluetooth, "WICAP_BT_EXTCAP_DIR", Kind::Path)
        .default("tools/bluetooth/extcap")
        .help("where the sniffer's capture plugin is")
        .examples(&["tools/bluetooth/extcap"], &[""]),
];
