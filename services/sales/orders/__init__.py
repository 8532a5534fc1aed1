"""Orders: four axes from draft to paid (SAL-6)."""
