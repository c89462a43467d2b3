#!/bin/sh
# Measures every candidate that results.jsonl doesn't have yet. Stop it whenever you like and run it again.
# Give the machine nothing else to do meanwhile. Arguments go before the runner: ./run.sh taskset -c 2
cd "$(dirname "$0")" || exit 1
# Whole lines alone count: one that was cut off is measured again.
touch results.jsonl
grep '}$' results.jsonl >results.whole
mv results.whole results.jsonl
total=$(ls jobs | wc -l)
number=0
for job in jobs/*.job; do
  number=$((number + 1))
  name=$(basename "$job" .job)
  grep -q "\"label\":\"$name " results.jsonl && continue
  printf '%s/%s %s\n' "$number" "$total" "$name" >&2
  "$@" ./ninc-runner "$job" >results.part && cat results.part >>results.jsonl
done
rm -f results.part
echo "done: take results.jsonl back and run: ninc tune --merge results.jsonl" >&2
