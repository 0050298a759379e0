"""Every fault of docs/reliability.md 5, injected on purpose into private instances under load (`make faults`)."""
