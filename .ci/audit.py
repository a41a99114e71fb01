"""Look up the pinned requirements in the database of known vulnerabilities, with pip-audit.

Fails if one of them has a vulnerability. If the database cannot be reached from this machine, says
so and does not fail. Further arguments are passed to pip-audit.
"""

import json
import re
import subprocess
import sys
from typing import Any

COMMAND = [
    *(sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off"),
    *("--disable-pip", "--no-deps"),  # every version is pinned, so there is nothing to work out
    *(f"--requirement=requirements{part}.txt" for part in ("", "-celery", "-dev", "-bench")),
]
# What pip-audit ends with where the database is out of reach, or answers with an error.
OUT_OF_REACH = re.compile(r"requests\.exceptions\.|Could not connect|redirecting|ServiceError")


def main(arguments: list[str]) -> int:
    """Run the audit, print the result, and return the exit status."""
    audit = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(audit.stdout)["dependencies"]
    except ValueError:
        reason = audit.stderr.strip().rpartition("\n")[2]
        if OUT_OF_REACH.search(reason):
            print(f"NOT AUDITED: the database of vulnerabilities cannot be reached. {reason}")
            return 0
        print(audit.stderr)
        return 1
    unknown = [one["name"] for one in found if "skip_reason" in one]
    if unknown:
        names = "any of them" if len(unknown) == len(found) else ", ".join(unknown)
        print(f"NOT AUDITED: the database that is reached from here does not know {names}.")
    vulnerable = [(one, vulnerability) for one in found for vulnerability in one.get("vulns", [])]
    for one, vulnerability in vulnerable:
        fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
        print(f"{one['name']} {one['version']}: {vulnerability['id']}, fixed in {fixed}.")
    print(f"{len(found) - len(unknown)} requirements audited, {len(vulnerable)} vulnerabilities.")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
