#!/usr/bin/env bash
# GNU parallel 20221122 (Debian 12): --resume and --resume-failed know a job by its place in the list, not by what it is. With a new
# value put in front of three that are done, --resume runs the last of the old ones again, never runs the new one, and ends with 0.
# One would guess that the job log, which holds every command line, is compared with the commands. So: a sweep hands parallel only
# what is not done, and keeps its own mark for each result.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
apt-get download -q parallel=20221122+ds-2 >/dev/null 2>&1
dpkg -x parallel_*.deb .
export HOME=$here
mkdir .parallel && touch .parallel/will-cite
run() { perl usr/bin/parallel --joblog log -j1 "$@"; }
{
    echo "first: $(run echo {} ::: a b c | xargs)"
    echo "x put in front, --resume: $(run --resume echo {} ::: x a b c | xargs) status $?"
    echo "another command, same list, --resume: $(run --resume echo other {} ::: x a b c | xargs) nothing"
} | tee seen
diff seen - <<'SEEN' && echo "as seen: GNU parallel 20221122"
first: a b c
x put in front, --resume: c status 0
another command, same list, --resume:  nothing
SEEN
