"""From angiogram to lumen to flow to pressure: QFR. Knows nothing of trials, rules or patients."""
