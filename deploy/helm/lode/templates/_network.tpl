{{/* The ports that a list of addresses names, each once, as JSON. */}}
{{- define "lode.ports" -}}
{{- $ports := list -}}
{{- range . -}}
{{- $url := urlParse (trim .) -}}
{{- $known := get (dict "http" "80" "ws" "80" "https" "443" "wss" "443" "nats" "4222" "tls" "4222" "clickhouse" "9000") $url.scheme -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default $known -}}
{{- $ports = append $ports (int $port) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{/* An egress rule: to addresses (URLs) at peers, anywhere when none are named. */}}
{{- define "lode.egress" -}}
{{- if .urls }}
- ports:
    {{- range include "lode.ports" .urls | fromJsonArray }}
    - {protocol: TCP, port: {{ int . }}}
    {{- end }}
  {{- with .peers }}
  to: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* An ingress rule: to ports from peers, from everywhere when none are named. */}}
{{- define "lode.ingressRule" -}}
- ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .peers }}
  from: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Addresses of the relayer's model servers, as JSON. */}}
{{- define "lode.backends" -}}
{{- $urls := list -}}
{{- range get .Values.relayer.config "services" | default dict -}}
{{- with get . "backend" }}{{ $urls = append $urls . }}{{ end -}}
{{- range get . "pools" | default dict }}{{ range get . "backends" | default dict }}{{ $urls = append $urls .url }}{{ end }}{{ end -}}
{{- end -}}
{{- $urls | toJson -}}
{{- end -}}
