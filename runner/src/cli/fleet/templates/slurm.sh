#!/bin/bash
#SBATCH --job-name=fleet
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
#{ host
#SBATCH --nodelist={host}
#} host
# {databases} databases, in {shards} shards of at most {largest}, by the plan
# {identity}.
# Submit it with `bash FILE`.
#{ canaries
# The canaries go first, and the shards begin if all of them succeed.
#} canaries
# To submit some shards again: `bash FILE 3,17`. A shard that found a database busy or came near its time limit is
# put back into the queue, three times at most.

plan={plan}
bundle={bundle}
reports={reports}
shards={shards}
runner=${RUNNER:-runner}

# With another plan under this name, shards would be passed over or cut elsewhere.
sum=$({ sha256sum || shasum -a 256; } 2>/dev/null <"$plan")
if [ "${sum%% *}" != {identity} ]; then
  echo "error: $plan is not the plan that this job was printed for; print it anew, with --reports of its own" >&2
  exit 2
fi

if [ -z "${SLURM_JOB_ID:-}" ]; then
  mkdir -p "$reports" || exit
  array=${1:-0-$((shards - 1))}
  options=(--parsable --output="$reports/%x-%A_%a.log" --export=ALL)
  gate=()
#{ canaries
  if [ $# = 0 ]; then
    canaries=$(sbatch "${options[@]}" --job-name=canaries --array=0 "$0") || exit
    gate=(--dependency="afterok:${canaries%%;*}" --kill-on-invalid-dep=yes)
  fi
#} canaries
  exec sbatch "${options[@]}" "${gate[@]}" --array="$array%{at_a_time}" "$0"
fi

# The number of shards is the plan's, not that of the array: a part that is submitted again is an array too.
part=$SLURM_ARRAY_TASK_ID
share=(--shard "$part/$shards")
report=$reports/$part.jsonl
#{ canaries
if [ "$SLURM_JOB_NAME" = canaries ]; then
  share=(--canary-only)
  report=$reports/canaries.jsonl
fi
#} canaries

# In the background: a shell that waits for a command acts on a signal only when the command has ended.
child= limit=
trap 'limit=near; kill -TERM $child 2>/dev/null' USR1
# `scancel` stops the runner itself, and who cancels a shard does not want it back.
trap : TERM
"$runner" fleet migrate --bundle "$bundle" --plan "$plan" "${share[@]}" --report "$report" &
child=$!
while kill -0 $child 2>/dev/null; do wait $child; done
wait $child
code=$?

# Slurm itself puts a job back after a failed node alone, not after its time limit or an exit code. It lets a job
# that was put back begin two minutes later.
if { [ $code = 75 ] || [ "$code$limit" = 143near ]; } && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60
fi
exit $code
