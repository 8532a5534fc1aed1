{{/* The pods of a component as a NetworkPolicy's peer: (list . "sales" "serve"). */}}
{{- define "meridian.pods" -}}
podSelector:
  matchLabels: {{- include "meridian.selector" . | nindent 4 }}
{{- end }}

{{/* Who calls a service, as peers: (list . "sales"). */}}
{{- define "meridian.callers" -}}
{{- $root := first . -}}
{{- $service := last . -}}
{{- range $process := include "meridian.processes" $root | fromJsonArray -}}
{{- if has $service $process.calls }}
- {{- include "meridian.pods" (list $root $process.workload $process.kind) | nindent 2 }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The way to a service's database: (list . "sales"). */}}
{{- define "meridian.toDatabase" -}}
{{- $root := first . -}}
- to:
    {{- if eq $root.Values.databases.provider "cloudnative-pg" }}
    - podSelector: {matchLabels: {cnpg.io/cluster: {{ include "meridian.named" (list $root (last .) "db") }}}}
    {{- else }}
    {{- toYaml $root.Values.networkPolicy.databases | nindent 4 }}
    {{- end }}
  ports: [{port: {{ $root.Values.databases.port }}, protocol: TCP}]
{{- end }}

{{/* The way to NATS. */}}
{{- define "meridian.toNats" -}}
- to:
    {{- if .Values.nats.enabled }}
    - {{- include "meridian.pods" (list . "nats") | nindent 6 }}
    {{- else }}
    {{- toYaml .Values.networkPolicy.nats | nindent 4 }}
    {{- end }}
  ports: [{port: {{ ternary "client" .Values.nats.port .Values.nats.enabled }}, protocol: TCP}]
{{- end }}

{{/* Who may reach a process: (list . process). */}}
{{- define "meridian.ingress" -}}
{{- $root := first . -}}
{{- $process := last . -}}
- from: {{- toYaml $root.Values.networkPolicy.prometheus | nindent 4 }}
  ports: [{port: metrics, protocol: TCP}]
{{- if eq $process.kind "serve" }}
- from: {{- include "meridian.callers" (list $root $process.workload) | trim | nindent 4 }}
  ports: [{port: grpc, protocol: TCP}]
{{- else if eq $process.kind "gateway" }}
- from:
    {{- toYaml $root.Values.networkPolicy.clients | nindent 4 }}
    - {{- include "meridian.pods" (list $root "smoke") | nindent 6 }}
  ports: [{port: http, protocol: TCP}]
{{- end }}
{{- end }}

{{/* Whom a process may reach: (list . process). */}}
{{- define "meridian.egress" -}}
{{- $root := first . -}}
{{- $process := last . -}}
- to:
    {{- range $service := $process.calls }}
    - {{- include "meridian.pods" (list $root $service "serve") | nindent 6 }}
    {{- end }}
  ports: [{port: grpc, protocol: TCP}]
{{- if ne $process.kind "gateway" }}
{{ include "meridian.toDatabase" (list $root $process.workload) }}
{{- end }}
{{- if eq $process.kind "work" }}
{{ include "meridian.toNats" $root }}
{{- end }}
{{- if or $root.Values.peers (get $process.options "internet") }}
- to: {{- toYaml $root.Values.networkPolicy.internet | nindent 4 }}
  ports:
    {{- range include "meridian.internetPorts" $root | fromJsonArray }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
{{- end }}
{{- end }}

{{/* The ports that processes ask for outside the cluster, as JSON: 443, and where other regions' gateways are. */}}
{{- define "meridian.internetPorts" -}}
{{- $ports := list 443 -}}
{{- range .Values.peers -}}
{{- $url := urlParse .gatewayUrl -}}
{{- $usual := ternary 443 80 (eq $url.scheme "https") -}}
{{- $ports = append $ports (regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default $usual | int) -}}
{{- end -}}
{{- $ports | uniq | sortAlpha | toJson -}}
{{- end }}
