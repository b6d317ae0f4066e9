"""Behaves like WiCAP's live soak on a stand-in stack: takes it down, starts it, waits for its
UI, runs the soak test, and takes it down again whatever happens.

`soak.json` in the checkout says how: `compose` (the command and its first arguments), `services`.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
with open(os.path.join(ROOT, "soak.json"), encoding="utf-8") as file:
    CONF = json.load(file)


def say(text):
    print(f"\U0001F30A [RUNNER] {text}", flush=True)


def compose(*words):
    subprocess.run(CONF["compose"] + list(words), check=True)


def wait_for_ui(limit):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(CONF["ui"] + "/health", timeout=2) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            pass
        time.sleep(0.3)
    return False


def stop(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, stop)
    say("Running soak preflight...")
    compose("down")
    try:
        say("Starting WICAP Stack (Docker Compose)...")
        compose("up", "-d", *CONF["services"])
        if not wait_for_ui(60):
            say("UI failed to come up. Aborting.")
            return 1
        say("UI is UP!")
        code = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "soak_test.py")], check=False)
        if code.returncode != 0:
            say("Soak test failed!")
        return 0
    except KeyboardInterrupt:
        say("Interrupted.")
        return 1
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say("Running docker compose down...")
        compose("down")


sys.exit(main())
