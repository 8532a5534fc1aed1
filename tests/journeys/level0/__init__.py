"""The Level-0 process, search → select → order → implement → develop, as people play it."""
