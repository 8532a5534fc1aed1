{{/*
The variables of processes. Those that all share are in a ConfigMap; what is secret, or is for one
service alone, is beside the container. The names are those of chassis/settings.py.
*/}}
{{- define "meridian.settings" -}}
MERIDIAN_HOME: /var/lib/meridian
MERIDIAN_REGION: {{ .Values.region }}
MERIDIAN_LOG_FORMAT: json
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
{{- $variables = concat $variables (include "meridian.natsUrl" $root | fromYamlArray) -}}
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

{{/* The URL of NATS. For the server of this release it is put together from the password. */}}
{{- define "meridian.natsUrl" -}}
{{- if .Values.nats.enabled -}}
- name: NATS_REGION_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .Values.secrets.nats }}, key: region-password}
- name: MERIDIAN_NATS_URL
  value: nats://region:$(NATS_REGION_PASSWORD)@{{ include "meridian.named" (list . "nats") }}:{{ .Values.nats.port }}
{{- else -}}
- name: MERIDIAN_NATS_URL
  valueFrom:
    secretKeyRef: {name: {{ .Values.secrets.nats }}, key: url}
{{- end -}}
{{- end }}
