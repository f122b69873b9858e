#!/bin/bash
# {databases} databases, in {shards} shards of at most {largest}, by the plan
# {identity}.
# Run it with `bash FILE`, and again after a failure: shards that succeeded are passed over.
# Over ssh: HOSTS=8/db1,8/db2 bash FILE, at most eight shards at a time on each. Each finds runner, plan, bundle and
# databases by the same paths, from the same folder, and keeps the reports of its shards.

plan={plan}
bundle={bundle}
reports={reports}
runner=${RUNNER:-runner}

# A shard that found a database busy is tried three times, a minute apart; what fails otherwise needs somebody first.
attempts='mkdir -p "$0" || exit
for attempt in 1 2 3; do "$@"; code=$?; [ $code = 75 ] && [ $attempt != 3 ] && sleep 60 || exit $code; done'
migrate=("$runner" fleet migrate --bundle "$bundle" --plan "$plan")
# Each word reaches the other shell as it is here.
parallel=(parallel --quote ${HOSTS:+--sshlogin "$HOSTS"} --workdir .)

mkdir -p "$reports" || exit
"${parallel[@]}" --jobs 1 bash -c "$attempts" "$reports" \
  "${migrate[@]}" --canary-only --report "$reports/{}.jsonl" ::: canaries || exit

# After three shards that failed, no other begins.
exec "${parallel[@]}" --jobs {at_a_time} --joblog "$reports/joblog" --resume-failed --halt soon,fail=3 \
  bash -c "$attempts" "$reports" \
  "${migrate[@]}" --shard "{}/{shards}" --report "$reports/{}.jsonl" ::: {numbers}
