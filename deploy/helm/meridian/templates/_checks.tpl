{{/* What the schema cannot say: values that contradict each other. Everything wrong is said at once. */}}
{{- define "meridian.checks" -}}
{{- $wrong := list -}}
{{- $services := include "meridian.services" . | fromJsonArray -}}
{{- range $name, $workload := .Values.workloads -}}
{{- range $workload.calls -}}
{{- if not (has . $services) -}}
{{- $wrong = append $wrong (printf "workloads.%s.calls names %s, which is no service of workloads" $name .) -}}
{{- end -}}
{{- end -}}
{{- range $workload.files -}}
{{- if not (hasKey $.Values.files .) -}}
{{- $wrong = append $wrong (printf "workloads.%s.files names %s, which is not in files" $name .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := .Values.files -}}
{{- if not (hasKey $.Values.secrets $name) -}}
{{- $wrong = append $wrong (printf "files.%s needs the name of its Secret in secrets.%s" $name $name) -}}
{{- end -}}
{{- end -}}
{{- if or (eq .Values.image.tag "latest") (eq .Values.nats.image.tag "latest") -}}
{{- $wrong = append $wrong "an image with the tag latest is another one tomorrow: name a version" -}}
{{- end -}}
{{- if not (has .Values.smoke.service $services) -}}
{{- $wrong = append $wrong (printf "smoke.service is %s, which is no service of workloads" .Values.smoke.service) -}}
{{- end -}}
{{- if not (has "directory" $services) -}}
{{- $wrong = append $wrong "workloads needs the directory, which every service asks" -}}
{{- end -}}
{{- $peers := list -}}
{{- range .Values.peers -}}
{{- $peers = append $peers .region -}}
{{- end -}}
{{- if has .Values.region $peers -}}
{{- $wrong = append $wrong (printf "peers names %s, which is this region itself" .Values.region) -}}
{{- end -}}
{{- if ne (len $peers) (len (uniq $peers)) -}}
{{- $wrong = append $wrong "peers names a region more than once" -}}
{{- end -}}
{{- if not (has (.Values.hub | default .Values.region) (append $peers .Values.region)) -}}
{{- $wrong = append $wrong (printf "hub is %s, which is neither this region nor one of peers" .Values.hub) -}}
{{- end -}}
{{- if and .Values.nats.enabled (eq (include "meridian.natsPart" .) "region") (not .Values.nats.border.hubAddress) -}}
{{- $wrong = append $wrong "nats.border.hubAddress is empty: name host:port where the hub's NATS awaits other regions" -}}
{{- end -}}
{{- if and .Values.nats.enabled (gt (int .Values.nats.streamReplicas) 1) -}}
{{- $wrong = append $wrong "nats.streamReplicas is more than 1, and the NATS of this release is one server: give the URL of a cluster" -}}
{{- end -}}
{{- $exposure := .Values.exposure -}}
{{- if and (or $exposure.ingress.enabled $exposure.gatewayApi.enabled) (not $exposure.host) -}}
{{- $wrong = append $wrong "exposure.host is empty: name the host by which clients reach the gateway" -}}
{{- end -}}
{{- if and $exposure.gatewayApi.enabled (not (or $exposure.gatewayApi.className $exposure.gatewayApi.parentRefs)) -}}
{{- $wrong = append $wrong "exposure.gatewayApi needs className (to make a Gateway) or parentRefs (to use one)" -}}
{{- end -}}
{{- $backup := .Values.databases.cloudnativePg.backup -}}
{{- if and $backup.enabled (not $backup.destinationPath) -}}
{{- $wrong = append $wrong "databases.cloudnativePg.backup.destinationPath is empty: name the bucket, for instance s3://meridian-na-backups" -}}
{{- end -}}
{{- range $process := include "meridian.processes" . | fromJsonArray -}}
{{- if and (dig "keda" "enabled" false $process.options) (not $process.options.keda.prometheusAddress) -}}
{{- $wrong = append $wrong (printf "keda is enabled for %s and needs prometheusAddress" $process.name) -}}
{{- end -}}
{{- $scaling := dig "autoscaling" dict $process.options -}}
{{- if and $scaling (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- $wrong = append $wrong (printf "autoscaling of %s has minReplicas above maxReplicas" $process.name) -}}
{{- end -}}
{{- end -}}
{{- with $wrong -}}
{{- fail (printf "these values cannot be used:\n  - %s" (join "\n  - " .)) -}}
{{- end -}}
{{- end }}
