{{/* What the restricted Pod Security Standard asks of a pod, and more. */}}
{{- define "meridian.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* The same of a container. */}}
{{- define "meridian.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Which image a container runs. */}}
{{- define "meridian.containerImage" -}}
image: {{ include "meridian.image" (list . .Values.image) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* Where a pod may run, and with whose leave its image is fetched. */}}
{{- define "meridian.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* Processes of one kind keep apart: (list . process). */}}
{{- define "meridian.spread" -}}
{{- $root := first . -}}
{{- $process := last . -}}
topologySpreadConstraints:
  {{- range $key, $unsatisfiable := dict "topology.kubernetes.io/zone" $root.Values.topologySpread.zones "kubernetes.io/hostname" $root.Values.topologySpread.nodes }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: {{ $unsatisfiable }}
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels: {{- include "meridian.selector" (list $root $process.workload $process.kind) | nindent 8 }}
  {{- end }}
{{- end }}

{{/* The only places that a process may write to. */}}
{{- define "meridian.writableMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: home, mountPath: /var/lib/meridian}
{{- end }}

{{- define "meridian.writableVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 512Mi}
- name: home
  emptyDir: {sizeLimit: 512Mi}
{{- end }}

{{/* The secret files of a process as volumes: (list . process). */}}
{{- define "meridian.secretVolumes" -}}
{{- $root := first . -}}
{{- $process := last . -}}
{{- if ne $process.kind "gateway" }}
- name: credentials
  secret:
    secretName: {{ $root.Values.secrets.serviceCredentials }}
    defaultMode: 0440
    items: [{key: {{ $process.workload }}.json, path: service-credentials.json}]
{{- end }}
{{- range $file := $process.files }}
{{- $optional := (get $root.Values.files $file).optional | default "never" }}
- name: {{ kebabcase $file }}
  secret:
    secretName: {{ get $root.Values.secrets $file }}
    defaultMode: 0440
    optional: {{ or (eq $optional "always") (and (eq $optional "withoutPeers") (empty $root.Values.peers)) }}
    items: [{key: {{ (get $root.Values.files $file).key }}, path: {{ (get $root.Values.files $file).key }}}]
{{- end }}
{{- end }}

{{- define "meridian.secretMounts" -}}
{{- $process := last . -}}
{{- if ne $process.kind "gateway" }}
- {name: credentials, mountPath: /etc/meridian/credentials, readOnly: true}
{{- end }}
{{- range $file := $process.files }}
- {name: {{ kebabcase $file }}, mountPath: /etc/meridian/{{ $file }}, readOnly: true}
{{- end }}
{{- end }}

{{/*
When a process is started, able to take requests, and alive. It is alive as long as its watching
endpoint answers: that has threads of its own, so a busy process is not killed for being busy.
*/}}
{{- define "meridian.probes" -}}
startupProbe:
  {{ ternary "grpc: {port: 7100}" "httpGet: {path: /livez, port: metrics}" (eq . "serve") }}
  periodSeconds: 2
  failureThreshold: 60
readinessProbe:
  {{ ternary "grpc: {port: 7100}" "httpGet: {path: /readyz, port: metrics}" (eq . "serve") }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 3
livenessProbe:
  httpGet: {path: /livez, port: metrics}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
