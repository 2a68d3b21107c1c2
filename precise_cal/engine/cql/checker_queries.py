# NOTE TO THE AUTHOR OF THIS FILE (from the lead): your session stalled for 40 minutes, so checker and compiler were
# completed as check.py, check_names.py, check_queries.py, check_timing.py and compile.py, compile_calls.py,
# compile_queries.py, required.py, output.py, conformance.py (committed; 1213 of 1242 conformance cases pass, all rules
# run). Do NOT write checker*.py / compiler*.py again and do not replace those files. Another person is finishing
# conformance, tests and docs/cql.md in this folder. Please stop here and report; thank you for the excellent groundwork.
