"""Behaves like WiCAP's soak test on a stand-in stack, in seconds instead of minutes.

`soak.json` in the checkout says how: `ui` (address), `seconds`, `errors`, `failed_checks`.
"""

import json
import os
import signal
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
with open(os.path.join(ROOT, "soak.json"), encoding="utf-8") as file:
    CONF = json.load(file)


def stamp():
    return time.strftime("%Y-%m-%dT%H:%M:%S")


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def ask(path):
    began = time.monotonic()
    try:
        with urllib.request.urlopen(CONF["ui"] + path, timeout=2) as answer:
            body = json.loads(answer.read() or b"{}")
            return answer.status, body, (time.monotonic() - began) * 1000
    except (OSError, ValueError):
        return 0, {}, (time.monotonic() - began) * 1000


def status(**told):
    path = os.path.join(ROOT, ".soak_status.json")
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(told, file)
    os.replace(path + ".part", path)


def main():
    began = time.monotonic()
    result = {
        "start_time": stamp(),
        "duration_minutes": CONF["seconds"] / 60,
        "playwright_checks": [],
        "errors": list(CONF.get("errors", [])),
        "warnings": [],
        "memory_snapshots": {"start": {"rss_mb": 210.0}, "checkpoints": [], "end": {}},
        "telemetry": {"eps_samples": [], "container_starts": {}, "latency_samples": []},
    }
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    n_failed = CONF.get("failed_checks", 0)
    while (elapsed := time.monotonic() - began) < CONF["seconds"]:
        code, body, latency = ask("/api/system/status")
        result["telemetry"]["eps_samples"].append({"timestamp": stamp(), "eps": body.get("eps", 0.0)})
        result["telemetry"]["latency_samples"].append({"timestamp": stamp(), "latency_ms": latency})
        number = len(result["playwright_checks"]) + 1
        passed = number > n_failed
        say(f"Playwright check #{number} {'PASSED' if passed else 'FAILED'}")
        result["playwright_checks"].append(
            {"check_number": number, "timestamp": stamp(), "passed": passed, "returncode": 0 if passed else 1}
        )
        n_passed = sum(check["passed"] for check in result["playwright_checks"])
        status(
            updated_at=stamp(),
            elapsed_min=elapsed / 60,
            remaining_min=(CONF["seconds"] - elapsed) / 60,
            playwright_checks=f"{n_passed}/{number} passed",
            alive=True,
        )
        time.sleep(0.5)
    result["end_time"] = stamp()
    result["memory_snapshots"]["end"] = {"rss_mb": 215.0}
    folder = os.path.join(ROOT, "logs", "soak")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, time.strftime("soak_test_%Y%m%d_%H%M%S.json"))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file)
    status(alive=False, completed_at=stamp(), status="COMPLETE")
    say(f"Results saved to {path}")


main()
