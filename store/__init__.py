"""What outlives a request: the log of operations, tasks, saved drafts."""
