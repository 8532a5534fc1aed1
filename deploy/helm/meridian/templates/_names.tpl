{{/* The name of an object of this release: (list . "sales" "serve") gives "na-sales-serve". */}}
{{- define "meridian.named" -}}
{{- $root := first . -}}
{{- join "-" (prepend (rest .) $root.Release.Name) | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* By what a component's pods are found. Never change these: selectors of Deployments cannot change. */}}
{{- define "meridian.selector" -}}
{{- $root := first . -}}
app.kubernetes.io/name: meridian
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- if gt (len .) 2 }}
meridian/process: {{ index . 2 }}
{{- end }}
{{- end }}

{{/* What every pod of this release has. */}}
{{- define "meridian.release" -}}
app.kubernetes.io/name: meridian
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The labels of an object: (list . "sales" "serve"). */}}
{{- define "meridian.labels" -}}
{{- $root := first . -}}
{{ include "meridian.selector" . }}
app.kubernetes.io/part-of: meridian
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
meridian/region: {{ $root.Values.region }}
{{- end }}

{{/* The labels of a pod: as few as serve to find it, since a change of them replaces it. */}}
{{- define "meridian.podLabels" -}}
{{ include "meridian.selector" . }}
meridian/region: {{ (first .).Values.region }}
{{- end }}

{{/* An image: (list . .Values.image). A digest outranks the tag. */}}
{{- define "meridian.image" -}}
{{- $root := first . -}}
{{- $image := last . -}}
{{- with $image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end }}
