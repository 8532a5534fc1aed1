{{/*
The configuration of the NATS server of this release. Passwords come by environment variables. Each
message is on the disk before it is acknowledged.
*/}}
{{- define "meridian.natsConfiguration" -}}
server_name: {{ include "meridian.named" (list . "nats") }}
listen: "0.0.0.0:{{ .Values.nats.port }}"
http: "0.0.0.0:8222"
jetstream {
  store_dir: /data
  domain: {{ .Values.region }}
  sync_interval: always
  max_file_store: {{ .Values.nats.maxFileStore }}
  max_memory_store: {{ .Values.nats.maxMemoryStore }}
}
accounts {
  REGION {
    jetstream: enabled
    users: [{user: region, password: $REGION_PASSWORD}]
  }
}
{{- end }}

{{/*
The passwords, as its configuration refers to them. NATS reads a variable as if it stood in the file,
where 5e7x would be a broken number; in quotation marks it is text whatever it is.
*/}}
{{- define "meridian.natsEnvironment" -}}
{{- range $user := list "region" }}
- name: {{ upper $user }}_SECRET
  valueFrom:
    secretKeyRef: {name: {{ $.Values.secrets.nats }}, key: {{ $user }}-password}
- name: {{ upper $user }}_PASSWORD
  value: '"$({{ upper $user }}_SECRET)"'
{{- end }}
{{- end }}
