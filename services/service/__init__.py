"""Service 服务管理: cases, service levels, installed base, knowledge."""
