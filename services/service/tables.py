"""The metadata of service's database; each slice's store adds its tables."""

from chassis.database import new_metadata

metadata = new_metadata()
