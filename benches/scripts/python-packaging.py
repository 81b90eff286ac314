"""The tag before a version, as a script with packaging finds it."""

import subprocess
import sys

from packaging.version import Version

repository, head = sys.argv[1], Version(sys.argv[2])
tags = subprocess.run(
    ["git", "-C", repository, "tag"], check=True, capture_output=True, text=True
).stdout.split()
print(max(version for version in map(Version, tags) if version < head))
