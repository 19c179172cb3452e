"""`make bench`: every table, each with its baseline in the same run. `python -m bench NAME ...` prints some of them."""

import subprocess
import sys
from pathlib import Path

TABLES = {
    "policy": "decisions a second",
    "training": "seconds to train, and the memory it takes",
    "running": "seconds to ready, memory, time of a turn",
    "turns": "a turn next to the same bot with Rasa's default recipe",
    "parse": "sentences a second on one core, and where the time goes",
    "sms": "segments that a return by text message costs",
    "insights": "the merchant's figures over 100,000 returns next to counting them live",
    "nlu": "understanding: accuracy and speed next to baselines",
}


def main() -> int:
    wanted = sys.argv[1:] or list(TABLES)
    unknown = [name for name in wanted if name not in TABLES]
    if unknown:
        print(f"no table {unknown[0]!r}; there are: {', '.join(TABLES)}", file=sys.stderr)
        return 2
    failed = 0
    for name in wanted:
        print(f"\n{name}: {TABLES[name]}", flush=True)
        # Each in a process of its own, so that what one has loaded is not counted in another's memory.
        failed |= subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], cwd=Path(__file__).resolve().parent.parent
        ).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
