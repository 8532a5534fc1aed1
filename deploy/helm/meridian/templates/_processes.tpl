{{/*
Every process of the release as a JSON list, in a fixed order. Each has
  name      of its objects: "na-sales-serve"
  workload  "sales"
  kind      "serve", "work" or "gateway"
  calls     the services that it calls: those of its workload, and the directory
  files     the secret files that it reads
  options   what the values say: those of its kind, and over them those of its workload
*/}}
{{- define "meridian.processes" -}}
{{- $root := . -}}
{{- $found := list -}}
{{- range $workload, $own := .Values.workloads -}}
{{- range $kind := $own.processes | default (list "serve" "work") -}}
{{- $options := mergeOverwrite (deepCopy (get $root.Values.processes $kind)) (deepCopy (get $own $kind | default dict)) -}}
{{- $calls := ternary (include "meridian.services" $root | fromJsonArray) (append ($own.calls | default list) "directory") (eq $kind "gateway") -}}
{{- $found = append $found (dict
      "name" (include "meridian.named" (list $root $workload $kind))
      "workload" $workload
      "kind" $kind
      "calls" ($calls | uniq | sortAlpha)
      "files" ($own.files | default list)
      "options" $options) -}}
{{- end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end }}

{{/* The workloads that answer calls and own a database, as a JSON list: all but gateways. */}}
{{- define "meridian.services" -}}
{{- $found := list -}}
{{- range $workload, $own := .Values.workloads -}}
{{- if has "serve" ($own.processes | default (list "serve" "work")) -}}
{{- $found = append $found $workload -}}
{{- end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end }}

{{/* The ports of a kind of process, as JSON. */}}
{{- define "meridian.ports" -}}
{{- $own := dict "serve" (dict "grpc" 7100) "work" (dict) "gateway" (dict "http" 8080) -}}
{{- merge (dict "metrics" 7200) (get $own .) | toJson -}}
{{- end }}

{{/* The smoke check as a process: it calls the gateway with the credential of one service. */}}
{{- define "meridian.smoke" -}}
{{- dict "workload" .Values.smoke.service "kind" "smoke" "files" (list) | toJson -}}
{{- end }}
