"""The services, one package each; they meet only through gRPC and events."""
