"""Users: who may use Meridian, and whether they may get in."""
