#!/bin/sh
# Every shell script of the project, as shellcheck sees it (warnings and errors; its hints on style
# are left to the reader).
# Usage: shell.sh SOURCE_DIR
set -eu
cd "$1"
command -v shellcheck >/dev/null || { echo "skipped: shellcheck is not installed"; exit 77; }
scripts=$(find . -name build -prune -o -name .git -prune -o -name demo-output -prune -o -type f -print |
    while read -r file; do
        case $(head -n 1 "$file" | tr -d '\0') in
        '#!'*sh*) echo "$file" ;;
        esac
    done | LC_ALL=C sort)
[ -n "$scripts" ] || { echo "no scripts found"; exit 1; }
# shellcheck disable=SC2086 # the names hold no spaces
shellcheck -x --severity=warning $scripts
echo "$(echo "$scripts" | wc -l) scripts"
