"""Activities: tasks, meetings and calls on any record (SAL-9)."""
