#!/bin/bash
# Tunes a set of models with MPI: each rank takes its share of the kernels into a file of its own; at the end
# the files become one database.
#
#   examples/tune/mpi.sh RANKS MODEL...
#
# NINC, BUDGET, THREADS and DATABASE (default: the user's own) may be set; MPIRUN takes options for mpirun, such
# as --hostfile. The folder that this is called in must be the same for all ranks.
set -euo pipefail
if [ "${1:-}" = --rank ]; then # what each rank runs
  folder=$2
  shift 2
  rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:?no rank: run by mpirun}}
  ranks=${OMPI_COMM_WORLD_SIZE:-${PMI_SIZE:?no number of ranks}}
  exec "${NINC:-ninc}" tune "$@" --shard "$rank/$ranks" --threads "${THREADS:-1}" --budget "${BUDGET:-10m}" \
    --db "$folder/$rank.jsonl"
fi

ranks=${1:?usage: mpi.sh RANKS MODEL...}
shift
folder=$(mktemp -d ninc-tune-XXXXXX)
status=0
# Words of MPIRUN are separate options, so it isn't quoted.
# shellcheck disable=SC2086
${MPIRUN:-mpirun --oversubscribe} -np "$ranks" "$0" --rank "$folder" "$@" || status=$?
# What the ranks have found is worth keeping, whatever became of one of them.
"${NINC:-ninc}" tune --merge "$folder"/*.jsonl ${DATABASE:+--db "$DATABASE"}
rm -rf "$folder"
exit "$status"
