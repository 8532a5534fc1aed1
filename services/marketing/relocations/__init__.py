"""What customers take along to another region, and bring from one (PLT-4)."""
