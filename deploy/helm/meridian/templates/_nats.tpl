{{/* "alone", "hub" or "region": which part this region's NATS plays. */}}
{{- define "meridian.natsPart" -}}
{{- if not .Values.peers -}}
alone
{{- else if eq .Values.region (.Values.hub | default .Values.region) -}}
hub
{{- else -}}
region
{{- end -}}
{{- end }}

{{/*
The configuration of the NATS server of this release. files/nats/ is made from the code that configures
NATS everywhere else (tools/chart_files.py); here its blanks are filled in. A line with {peer} is written
for each other region.
*/}}
{{- define "meridian.natsConfiguration" -}}
{{- $region := .Values.region -}}
{{- range $line := .Files.Lines (printf "files/nats/%s.conf" (include "meridian.natsPart" .)) -}}
{{- $line = $line | replace "{region}" $region | replace "{REGION}" (upper $region) | replace "{hub}" $.Values.hub -}}
{{- range $peer := ternary $.Values.peers (list (dict "region" "")) (contains "{peer}" $line) }}
{{ $line | replace "{peer}" $peer.region | replace "{PEER}" (upper $peer.region) }}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
The variables that the configuration names. NATS reads a variable as if it stood in the file, where 5e7x
would be a broken number; in quotation marks it is text whatever it is.
*/}}
{{- define "meridian.natsEnvironment" -}}
- name: GOMEMLIMIT
  value: {{ .Values.nats.memoryTarget }}
{{- include "meridian.natsPassword" (list . "MERIDIAN" "meridian-password") }}
{{- if ne (include "meridian.natsPart" .) "alone" }}
{{- include "meridian.natsPassword" (list . "BORDER" "border-password") }}
{{- end }}
{{- if eq (include "meridian.natsPart" .) "hub" }}
{{- range .Values.peers }}
{{- include "meridian.natsPassword" (list $ (printf "LEAF_%s" (upper .region)) (printf "leaf-%s-password" .region)) }}
{{- end }}
{{- end }}
{{- if eq (include "meridian.natsPart" .) "region" }}
{{- include "meridian.natsSecret" (list . "LEAF" "leaf-password") }}
- name: LEAF_URL
  value: '"tls://leaf_{{ .Values.region }}:$(LEAF_SECRET)@{{ .Values.nats.border.hubAddress }}"'
{{- end }}
{{- end }}

{{/* One of them: (list . "BORDER" "border-password") makes BORDER_PASSWORD of that key of the Secret. */}}
{{- define "meridian.natsPassword" }}
{{- include "meridian.natsSecret" . }}
- name: {{ index . 1 }}_PASSWORD
  value: '"$({{ index . 1 }}_SECRET)"'
{{- end }}

{{/* That key as it is: (list . "BORDER" "border-password") makes BORDER_SECRET. */}}
{{- define "meridian.natsSecret" }}
- name: {{ index . 1 }}_SECRET
  valueFrom:
    secretKeyRef: {name: {{ (first .).Values.secrets.nats }}, key: {{ last . }}}
{{- end }}
