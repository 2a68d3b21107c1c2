"""The desk: gate, randomization and log in the browser. Needs ``pip install 'precise-cal[desk]'``."""
