"""Carries out deploy/Dockerfile on a clean Debian and runs a region from the image: `make image-check`."""
