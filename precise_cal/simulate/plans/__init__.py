"""Plans that are code: what a trial needs beyond rates and times. They alone may use the words of a trial's record.

A trial's ``simulate.yaml`` names its plan, and gives it its settings.
"""
