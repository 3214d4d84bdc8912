"""From records to numbers."""

from features.same_arithmetic import hold_this_process

# Before anything loads NumPy, and so where packages begin.
hold_this_process()
