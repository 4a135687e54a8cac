{{/* A service's configuration: what all share, over it the service's own block, over it what the chart alone decides. */}}
{{- define "lode.config" -}}
{{- $v := .root.Values -}}
{{- $uses := include "lode.uses" . | fromJson -}}
{{- $shared := dict "observe" $v.observe -}}
{{- if $uses.chain }}{{ $_ := set $shared "chain" $v.chain }}{{ end -}}
{{- if $uses.clickhouse }}{{ $_ := set $shared "clickhouse" (omit $v.clickhouse "existingSecret" "key") }}{{ end -}}
{{- $own := include "lode.own" . | fromYaml -}}
{{- mustMergeOverwrite (dict) (deepCopy $shared) (deepCopy (index $v .name).config) $own | toYaml -}}
{{- end -}}

{{/* What the chart alone decides: listeners, and where the pod has files. tools/gen/chart keeps these keys out of the values. */}}
{{- define "lode.own" -}}
{{- $v := .root.Values }}{{ $s := index $v .name }}
observe: {listen: ":9464"}
{{- with include "lode.port" .name }}
listen: ":{{ . }}"
{{- end }}
{{- if (include "lode.uses" . | fromJson).bus }}
bus:
  url: {{ $v.bus.url | quote }}
  {{- if $v.bus.seeds.existingSecret }}
  seed_file: "/run/secrets/bus/{{ .name }}.nk"
  {{- end }}
  {{- if $v.bus.ca.existingSecret }}
  ca_file: "/run/secrets/bus-ca/{{ $v.bus.ca.key }}"
  {{- end }}
  {{- if $v.bus.client.existingSecret }}
  cert_file: /run/secrets/bus-client/tls.crt
  key_file: /run/secrets/bus-client/tls.key
  {{- end }}
{{- end }}
{{- if has .name (list "relayer" "hasher") }}
partitions: {{ int $v.partitions }}
{{- end }}
{{- if has .name (list "relayer" "submitter") }}
keys:
  {{- if include "lode.signs" . }}
  socket: /run/lode/signer.sock
  {{- else }}
  file: "/run/secrets/suppliers/{{ $v.suppliers.key }}"
  {{- end }}
{{- end }}
{{- if eq .name "gateway" }}
key_file: "/run/secrets/gateway/{{ $s.key }}"
{{- else if eq .name "relayer" }}
spool: {dir: /var/lib/lode/spool}
{{- if $s.tls.existingSecret }}
tls: {cert_file: /run/secrets/tls/tls.crt, key_file: /run/secrets/tls/tls.key}
{{- end }}
{{- else if and (eq .name "submitter") $s.treasury.existingSecret }}
treasury: {keys: {file: /run/secrets/treasury/{{ $s.treasury.key }}}}
{{- else if eq .name "analytics" }}
{{- if $v.clickhouse.existingSecret }}
clickhouse: {password_file: /run/secrets/clickhouse/{{ $v.clickhouse.key }}}
{{- end }}
tokens:
  {{- range $name, $token := $s.tokens }}
  {{ $name }}: {file: /run/secrets/token-{{ $name }}/{{ get $token "key" | default "token" }}, suppliers: {{ get $token "suppliers" | default list | toJson }}}
  {{- else }} {}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The configuration of the signer in a pod of relayer or submitter. */}}
{{- define "lode.signerConfig" -}}
{{- $own := dict "observe" (dict "listen" ":9465") "socket" "/run/lode/signer.sock" -}}
{{- $_ := set $own "purposes" (list (get (dict "relayer" "relay" "submitter" "tx") .name)) -}}
{{- $_ := set $own "keys" (dict "file" (printf "/run/secrets/suppliers/%s" .root.Values.suppliers.key)) -}}
{{- mustMergeOverwrite (dict) (dict "observe" (deepCopy .root.Values.observe)) (deepCopy .root.Values.signer.config) $own | toYaml -}}
{{- end -}}

{{/* Files of Secrets at /run/secrets/NAME/KEY, as a projected volume's sources. */}}
{{- define "lode.secrets" -}}
{{- $v := .root.Values }}{{ $s := index $v .name }}{{ $list := list -}}
{{- if (include "lode.uses" . | fromJson).bus -}}
{{- $list = append $list (dict "name" "bus" "secret" $v.bus.seeds.existingSecret "keys" (list (printf "%s.nk" .name))) -}}
{{- $list = append $list (dict "name" "bus-ca" "secret" $v.bus.ca.existingSecret "keys" (list $v.bus.ca.key)) -}}
{{- $list = append $list (dict "name" "bus-client" "secret" $v.bus.client.existingSecret "keys" (list "tls.crt" "tls.key")) -}}
{{- end -}}
{{- if and (has .name (list "relayer" "submitter")) (not (include "lode.signs" .)) -}}
{{- $list = append $list (dict "name" "suppliers" "secret" $v.suppliers.existingSecret "keys" (list $v.suppliers.key)) -}}
{{- end -}}
{{- if eq .name "gateway" -}}
{{- $list = append $list (dict "name" "gateway" "secret" $s.existingSecret "keys" (list $s.key)) -}}
{{- else if eq .name "relayer" -}}
{{- $list = append $list (dict "name" "tls" "secret" $s.tls.existingSecret "keys" (list "tls.crt" "tls.key")) -}}
{{- range $name, $more := $s.secrets -}}
{{- $list = append $list (dict "name" $name "secret" $more.existingSecret "keys" $more.keys) -}}
{{- end -}}
{{- else if eq .name "submitter" -}}
{{- $list = append $list (dict "name" "treasury" "secret" $s.treasury.existingSecret "keys" (list $s.treasury.key)) -}}
{{- else if eq .name "analytics" -}}
{{- $list = append $list (dict "name" "clickhouse" "secret" $v.clickhouse.existingSecret "keys" (list $v.clickhouse.key)) -}}
{{- range $name, $token := $s.tokens -}}
{{- $list = append $list (dict "name" (printf "token-%s" $name) "secret" $token.existingSecret "keys" (list (get $token "key" | default "token"))) -}}
{{- end -}}
{{- end -}}
{{- range $list }}{{ if .secret }}
{{ include "lode.secretSource" . }}
{{- end }}{{ end -}}
{{- end -}}

{{- define "lode.secretSource" -}}
- secret:
    name: {{ .secret }}
    items:
      {{- range .keys }}
      - {key: {{ . | quote }}, path: {{ printf "%s/%s" $.name . | quote }}}
      {{- end }}
{{- end -}}
