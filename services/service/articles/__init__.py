"""Knowledge articles (SVC-3)."""
