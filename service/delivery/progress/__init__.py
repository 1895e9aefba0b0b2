"""How an edition is going: counters of its outcomes, and the thresholds that pause it."""
