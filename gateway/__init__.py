"""The gateway: HTTP and JSON outside, gRPC inside."""
