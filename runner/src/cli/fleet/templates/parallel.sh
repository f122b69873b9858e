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

# With another plan under this name, shards would be passed over or cut elsewhere.
sum=$({ sha256sum || shasum -a 256; } 2>/dev/null <"$plan")
if [ "${sum%% *}" != {identity} ]; then
  echo "error: $plan is not the plan that this job was printed for; print it anew, with --reports of its own" >&2
  exit 2
fi
#{ host

# The files are there, and nowhere else.
case ${HOSTS:-} in
  *,*) elsewhere=1 ;;
  '' | {host} | */{host} | *@{host}) elsewhere= ;;
  *) elsewhere=1 ;;
esac
if [ -n "$elsewhere" ]; then
  echo "error: the plan is for the machine {host}; leave out HOSTS there, or name it alone" >&2
  exit 2
fi
#} host

# A shard that found a database busy is tried three times, a minute apart; what fails otherwise needs somebody first.
attempts='mkdir -p "$0" || exit
for attempt in 1 2 3; do "$@"; code=$?; [ $code = 75 ] && [ $attempt != 3 ] && sleep 60 || exit $code; done'
migrate=("$runner" fleet migrate --bundle "$bundle" --plan "$plan")
# Each word reaches the other shell as it is here.
parallel=(parallel --quote ${HOSTS:+--sshlogin "$HOSTS"} --workdir .)

mkdir -p "$reports" || exit
#{ canaries
"${parallel[@]}" --jobs 1 bash -c "$attempts" "$reports" \
  "${migrate[@]}" --canary-only --report "$reports/{}.jsonl" ::: canaries || exit
#} canaries

# After three shards that failed, no other begins.
exec "${parallel[@]}" --jobs {at_a_time} --joblog "$reports/joblog" --resume-failed --halt soon,fail=3 \
  bash -c "$attempts" "$reports" \
  "${migrate[@]}" --shard "{}/{shards}" --report "$reports/{}.jsonl" ::: {numbers}
