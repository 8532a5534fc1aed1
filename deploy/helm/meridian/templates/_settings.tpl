{{/*
The variables of processes. Those that all share are in a ConfigMap; what is secret, or is for one
service alone, is beside the container. The names are those of chassis/configuration.py.
*/}}
{{- define "meridian.settings" -}}
MERIDIAN_HOME: /var/lib/meridian
MERIDIAN_REGION: {{ .Values.region }}
MERIDIAN_HUB: {{ .Values.hub | default .Values.region }}
{{- $peers := list }}
{{- range .Values.peers }}
{{- $peers = append $peers (dict "region" .region "gateway_url" .gatewayUrl) }}
{{- end }}
MERIDIAN_PEERS: {{ $peers | toJson | quote }}
MERIDIAN_LOG_FORMAT: json
MERIDIAN_STREAM_REPLICAS: {{ .Values.nats.streamReplicas }}
MERIDIAN_GRPC_BIND: 0.0.0.0:7100
MERIDIAN_GRPC_TARGET: {{ .Release.Name }}-{service}:7100
MERIDIAN_SERVE_METRICS: 0.0.0.0:7200
MERIDIAN_WORK_METRICS: 0.0.0.0:7200
MERIDIAN_GATEWAY_BIND: 0.0.0.0:8080
MERIDIAN_GATEWAY_METRICS: 0.0.0.0:7200
{{- with .Values.settings }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The environment of one process: (list . process). */}}
{{- define "meridian.environment" -}}
{{- $root := first . -}}
{{- $process := last . -}}
envFrom:
  - configMapRef: {name: {{ include "meridian.named" (list $root "settings") }}}
{{- $variables := list -}}
{{- if ne $process.kind "gateway" -}}
{{- $variables = append $variables (include "meridian.databaseUrl" (list $root $process.workload) | fromYaml) -}}
{{- $variables = append $variables (dict "name" "MERIDIAN_SERVICE_CREDENTIALS_FILE" "value" "/etc/meridian/credentials/service-credentials.json") -}}
{{- end -}}
{{- if eq $process.kind "work" -}}
{{- $variables = concat $variables (include "meridian.natsUrls" $root | fromYamlArray) -}}
{{- end -}}
{{- range $file := $process.files -}}
{{- $variables = append $variables (dict "name" (get $root.Values.files $file).variable "value" (printf "/etc/meridian/%s/%s" $file (get $root.Values.files $file).key)) -}}
{{- end -}}
{{- range $name, $value := $process.options.settings -}}
{{- $variables = append $variables (dict "name" $name "value" $value) -}}
{{- end }}
{{- with $variables }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The URL of a service's database: (list . "sales"). */}}
{{- define "meridian.databaseUrl" -}}
{{- $root := first . -}}
{{- $service := last . -}}
name: MERIDIAN_DATABASE_URL_{{ upper $service }}
valueFrom:
  secretKeyRef:
    {{- if eq $root.Values.databases.provider "cloudnative-pg" }}
    name: {{ include "meridian.named" (list $root $service "db" "app") }}
    key: uri
    {{- else }}
    name: {{ $root.Values.secrets.databases }}
    key: {{ $service }}
    {{- end }}
{{- end }}

{{/*
The URLs of NATS, as its two accounts: that of the region, and, with other regions, that of what crosses
the border. For the server of this release they are put together from the passwords.
*/}}
{{- define "meridian.natsUrls" -}}
{{- $accounts := list (dict "variable" "MERIDIAN_NATS_URL" "user" "meridian" "key" "url") -}}
{{- if .Values.peers -}}
{{- $accounts = append $accounts (dict "variable" "MERIDIAN_BORDER_NATS_URL" "user" "border" "key" "border-url") -}}
{{- end -}}
{{- range $account := $accounts }}
{{- if $.Values.nats.enabled }}
- name: NATS_{{ upper $account.user }}_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ $.Values.secrets.nats }}, key: {{ $account.user }}-password}
- name: {{ $account.variable }}
  value: nats://{{ $account.user }}:$(NATS_{{ upper $account.user }}_PASSWORD)@{{ include "meridian.named" (list $ "nats") }}:4222
{{- else }}
- name: {{ $account.variable }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.secrets.nats }}, key: {{ $account.key }}}
{{- end }}
{{- end }}
{{- end }}
