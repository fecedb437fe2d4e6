"""Run every benchmark, one after the other: `make bench`."""

from benchmarks import backup, customer, pipeline, rule_input, rules, scoring
from benchmarks.desk import __main__ as desk
from benchmarks.soak import __main__ as soak

scoring.main()
print()
pipeline.main([])
print()
rules.main([])
print()
rule_input.main()
print()
backup.main([])
print()
soak.main([])
print()
desk.main([])
print()
customer.main([])
