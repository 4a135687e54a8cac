{{/* What things are called, and what is known of each service. Most take a dict of root (the chart) and name (the service). */}}

{{/* Services that are on, as JSON. The signer has no pod of its own. */}}
{{- define "lode.services" -}}
{{- $on := list -}}
{{- range list "gateway" "relayer" "hasher" "submitter" "indexer" "analytics" -}}
{{- if (index $.Values .).enabled }}{{ $on = append $on . }}{{ end -}}
{{- end -}}
{{- toJson $on -}}
{{- end -}}

{{/* Port that others connect to; empty: nobody does. */}}
{{- define "lode.port" -}}
{{- get (dict "gateway" "8080" "relayer" "8545" "analytics" "8070") . -}}
{{- end -}}

{{- define "lode.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 48 | trimSuffix "-" -}}
{{- end -}}

{{- define "lode.name" -}}
{{ include "lode.fullname" .root }}-{{ .name }}
{{- end -}}

{{/* Labels that select, and never change. */}}
{{- define "lode.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Labels of pods: another chart of the same version is no reason to restart. */}}
{{- define "lode.podLabels" -}}
{{ include "lode.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | quote }}
{{- end -}}

{{- define "lode.labels" -}}
{{ include "lode.podLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "lode.image" -}}
{{- with .root.Values.image -}}
{{ with .registry }}{{ trimSuffix "/" . }}/{{ end }}lode-{{ $.name }}:{{ .tag | default $.root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Whether KEDA decides how many there are. */}}
{{- define "lode.scaled" -}}
{{- if and .root.Values.keda.enabled (hasKey (index .root.Values .name) "autoscaling") }}yes{{ end -}}
{{- end -}}

{{/* The least number of replicas. */}}
{{- define "lode.replicas" -}}
{{- $s := index .root.Values .name -}}
{{- if include "lode.scaled" . }}{{ $s.autoscaling.minReplicas }}{{ else }}{{ $s.replicas }}{{ end -}}
{{- end -}}

{{/* Whether the service asks a signer in its pod. */}}
{{- define "lode.signs" -}}
{{- if and .root.Values.signer.enabled (has .name (list "relayer" "submitter")) }}yes{{ end -}}
{{- end -}}

{{/* Which of bus, chain and clickhouse the service's configuration names. */}}
{{- define "lode.uses" -}}
{{- index (.root.Files.Get "files/services.yaml" | fromYaml) .name | toJson -}}
{{- end -}}
