"""Runs what the Helm chart renders, without Kubernetes: `make cluster-check`.

A pod is a network namespace with an address of its own, and in it the containers of its specification;
a small kubelet starts, probes and stops them. Names, Services and NetworkPolicies are those rendered.
"""
