"""The public REST API: HTTP and JSON outside, gRPC inside, made from the services' contracts."""
