{{/*
When a service's database is migrated: (list . "sales"). Before anything of the new release runs, so
that a migration that fails leaves the old one as it is. Only a database that this very release makes
does not exist before; it is migrated as soon as it does, and its service is ready when that is done.
*/}}
{{- define "meridian.migrationHook" -}}
{{- $root := first . -}}
{{- if ne $root.Values.databases.provider "cloudnative-pg" -}}
pre-install,pre-upgrade
{{- else if and $root.Release.IsUpgrade (not (lookup "postgresql.cnpg.io/v1" "Cluster" $root.Release.Namespace (include "meridian.named" (list $root (last .) "db")))) -}}
post-upgrade
{{- else -}}
post-install,pre-upgrade
{{- end -}}
{{- end }}

{{/* The annotations of what a migration needs: it is there before, and replaced with each release. */}}
{{- define "meridian.beforeMigration" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: "-5"
helm.sh/hook-delete-policy: before-hook-creation
{{- end }}
