"""Run every benchmark, one after the other: `make bench`."""

from benchmarks import pipeline, scoring

scoring.main()
print()
pipeline.main([])
