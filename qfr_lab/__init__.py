"""What QFR is tested with: two simulators of angiograms and a plain twin of the kernel. No part of the wheel."""
