"""Products as versioned documents: what is offered, to whom, by which rules, at which price."""
