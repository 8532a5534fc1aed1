"""What a process tells about itself: logs, metrics and the trace that a request belongs to."""
