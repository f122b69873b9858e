#!/bin/bash
# {databases} databases, in {shards} shards of at most {largest}, by the plan
# {identity}.
# Run it with `bash FILE`, and again after a failure: shards that succeeded are passed over.
# On other machines: HOSTS=8/db1,8/db2 bash FILE. Each must have the plan, the bundle, the runner and the files.

plan={plan}
bundle={bundle}
reports={reports}
runner=${RUNNER:-runner}

mkdir -p "$reports" || exit
"$runner" fleet migrate --bundle "$bundle" --plan "$plan" --canary-only \
  --report "$reports/canaries.jsonl" || exit

# After three shards that failed, no other begins. What is only busy is tried three times.
exec parallel ${HOSTS:+--sshlogin "$HOSTS"} --jobs {at_a_time} --retries 3 \
  --joblog "$reports/joblog" --resume-failed --halt soon,fail=3 \
  "$runner" fleet migrate --bundle "$bundle" --plan "$plan" --shard {}/{shards} \
  --report "$reports/{}.jsonl" ::: {numbers}
