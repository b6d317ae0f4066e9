use crate::knowledge::known_issues::{KnownIssue, Remedy};

pub(super) const ISSUES: &[KnownIssue] = &[
    KnownIssue {
        id: "ble_device_missing",
        title: "the BLE adapter (a Bluetooth dongle) is not found",
        words: "bluetooth adapter missing, gone or unplugged, serial device not in the container",
        services: &["scout", "ble"],
        pattern: r"BT capture process died \(code|Suspending BT capture restarts for |tshark: There is no device named|Configured BLE interface \S+ was not found|serial port went away",
        cause: "the adapter is not plugged in, or not given to the container",
        fix: &[
            "plug it in and mount it by its stable name (`/dev/serial/by-id/…`)",
            "set `WICAP_BT_INTERFACE` or `WICAP_BT_GLOB`",
            "restart the scout when it is back",
        ],
        avoid: &["do not restart before it is back: the capture suspends itself and Wi-Fi goes on"],
        check: &["ls /dev/serial/by-id"],
        remedy: Remedy::Restart("scout"),
        percent: 80,
        examples: &[
            r#"[SCOUT]    2026-02-11 08:15:00,021 [WARNING] src.wicap.core.capture.bluetooth_backend: BT capture process died (code 1). output: tshark: There is no device named "/dev/ttyACM0-None"."#,
            "[SCOUT]    2026-02-11 08:15:00,022 [ERROR] src.wicap.core.capture.bluetooth_backend: Suspending BT capture restarts for 180s: configured BLE interface is not available to tshark/extcap",
            "2026-03-04 05:06:07,089 ERROR [wicap.btsniff] serial port went away, 12 packets lost",
        ],
    },
    KnownIssue {
        id: "ble_packages_missing",
        title: "the image lacks the packages for BLE",
        words: "bluetooth packages (pyserial, psutil) missing in the image",
        services: &["scout", "ble"],
        pattern: r"pyserial not found|(?:ModuleNotFoundError: )?No module named 'psutil'|Missing Bluetooth runtime dependencies:",
        cause: "the image was built without the Bluetooth packages",
        fix: &["build the image anew", "recreate the scout"],
        avoid: &["do not install packages into the running container: they are gone with it"],
        check: &["docker compose logs --tail=60 scout"],
        remedy: Remedy::Person,
        percent: 86,
        examples: &[
            "2026-02-11 08:15:00,021 [ERROR] bluetooth_backend: pyserial not found",
            "ModuleNotFoundError: No module named 'psutil'",
            "2026-02-11 08:15:00,021 [ERROR] bluetooth_backend: Missing Bluetooth runtime dependencies: pyserial, psutil",
        ],
    },
    KnownIssue {
        id: "ble_device_permission",
        title: "the BLE adapter may not be opened",
        words: "no permission for the serial bluetooth device, user not in its group",
        services: &["scout", "ble"],
        pattern: r"(?:.{0,60})(?:could not open port )?/dev/tty\w+.{0,60}permission denied|(?:.{0,40})permission denied: '?/dev/tty",
        cause: "the user is not in the group of the serial device (`dialout` or `uucp`)",
        fix: &[
            "add the user to that group",
            "log in again, or start the container anew",
        ],
        avoid: &["do not make the device writable for everybody"],
        check: &["ls -l /dev/ttyACM0", "id"],
        remedy: Remedy::Person,
        percent: 82,
        examples: &[
            "2026-02-11 08:15:00,021 [ERROR] bluetooth_backend: could not open port /dev/ttyACM0: Permission denied",
            "[Errno 13] Permission denied: '/dev/ttyACM0'",
        ],
    },
];
