#!/bin/bash
# Tunes a set of models on a Slurm cluster: each task of an array takes its share of the kernels into a file of
# its own. Exclusive nodes, because neighbours spoil measurements.
#
#   sbatch --array=0-7 examples/tune/slurm.sh models/*.nin
#   ninc tune --merge results/*.jsonl            # when all tasks have ended
#
#SBATCH --job-name=ninc-tune
#SBATCH --exclusive
#SBATCH --time=01:00:00
set -euo pipefail
ninc=${NINC:-ninc}
results=${RESULTS:-results}
first=${SLURM_ARRAY_TASK_MIN:-0}
task=$((SLURM_ARRAY_TASK_ID - first))

mkdir -p "$results"
exec "$ninc" tune "$@" --shard "$task/$SLURM_ARRAY_TASK_COUNT" --threads "${THREADS:-1}" \
  --budget "${BUDGET:-50m}" --db "$results/$task.jsonl"
