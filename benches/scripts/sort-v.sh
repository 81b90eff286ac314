#!/bin/sh
# The tag before a version, as a shell script finds it.
git -C "$1" tag | sort -V | awk -v head="$2" '$0 == head { exit } { before = $0 } END { print before }'
