{{/* The pod of a service. */}}
{{- define "lode.pod" -}}
{{- $v := .root.Values }}{{ $s := index $v .name -}}
{{- $pod := mustMergeOverwrite (deepCopy $v.pod) (deepCopy (get $s "pod" | default dict)) -}}
{{- $secrets := include "lode.secrets" . -}}
{{- $config := include "lode.config" . | fromYaml -}}
{{- $signer := "" }}{{ if include "lode.signs" . }}{{ $signer = include "lode.signerConfig" . }}{{ end -}}
metadata:
  labels:
    {{- include "lode.podLabels" . | nindent 4 }}
    {{- with $pod.labels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    {{- /* a relayer takes changed services while it runs; all else counts from the next start on */}}
    lode/config: {{ print (omit $config (eq .name "relayer" | ternary "services" "") | toJson) $signer | sha256sum | trunc 32 }}
    {{- with $pod.annotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "lode.name" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ int $s.terminationGracePeriodSeconds }}
  {{- include "lode.podSecurity" . | nindent 2 }}
  {{- with $pod.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $pod.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $pod.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $pod.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector: {matchLabels: {{ include "lode.selector" $ | fromYaml | toJson }}}
    {{- end }}
  {{- if include "lode.signs" . }}
  initContainers:
    {{- include "lode.signerContainer" . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .name }}
      image: {{ include "lode.image" . }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      command: [/bin/{{ .name }}]
      args: [-config, /etc/lode/{{ .name }}.yaml]
      ports:
        - {name: observe, containerPort: 9464}
        {{- with include "lode.port" .name }}
        - {name: serve, containerPort: {{ . }}}
        {{- end }}
      {{- with get $s "env" }}
      env: {{ toYaml . | nindent 8 }}
      {{- end }}
      {{- include "lode.probes" "observe" | nindent 6 }}
      {{- if include "lode.port" .name }}
      # time in which endpoints and balancers learn that it is ending
      lifecycle: {preStop: {sleep: {seconds: 5}}}
      {{- end }}
      {{- include "lode.security" . | nindent 6 }}
      resources: {{ toYaml $s.resources | nindent 8 }}
      volumeMounts:
        - {name: config, mountPath: /etc/lode, readOnly: true}
        {{- if $secrets }}
        - {name: secrets, mountPath: /run/secrets, readOnly: true}
        {{- end }}
        {{- if eq .name "relayer" }}
        - {name: spool, mountPath: /var/lib/lode}
        {{- end }}
        {{- if include "lode.signs" . }}
        - {name: signer, mountPath: /run/lode}
        {{- end }}
  volumes:
    - name: config
      configMap: {name: {{ include "lode.name" . }}}
    {{- if $secrets }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources: {{ $secrets | nindent 10 }}
    {{- end }}
    {{- if include "lode.signs" . }}
    - name: signer
      emptyDir: {medium: Memory, sizeLimit: 1Mi}
    - name: signer-secrets
      projected:
        defaultMode: 0440
        sources: {{ include "lode.secretSource" (dict "name" "suppliers" "secret" $v.suppliers.existingSecret "keys" (list $v.suppliers.key)) | nindent 10 }}
    {{- end }}
{{- end -}}

{{/* The signer starts before the service and ends after it. It alone has the keys. */}}
{{- define "lode.signerContainer" -}}
{{- $v := .root.Values -}}
- name: signer
  restartPolicy: Always
  image: {{ include "lode.image" (dict "root" .root "name" "signer") }}
  imagePullPolicy: {{ $v.image.pullPolicy }}
  command: [/bin/signer]
  args: [-config, /etc/lode/signer.yaml]
  ports:
    - {name: signer, containerPort: 9465}
  {{- with get $v.signer "env" }}
  env: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- include "lode.probes" "signer" | nindent 2 }}
  {{- include "lode.security" . | nindent 2 }}
  resources: {{ toYaml $v.signer.resources | nindent 4 }}
  volumeMounts:
    - {name: config, mountPath: /etc/lode, readOnly: true}
    - {name: signer-secrets, mountPath: /run/secrets, readOnly: true}
    - {name: signer, mountPath: /run/lode}
{{- end -}}

{{/* Readiness is progress of a service's loops: who makes none gets no traffic and holds a rollout up. Liveness is only that
the process answers: a chain that stands still is no reason to restart. A start may take half an hour: it reads the log again. */}}
{{- define "lode.probes" -}}
startupProbe:
  httpGet: {path: /readyz, port: {{ . }}}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 360
readinessProbe:
  httpGet: {path: /readyz, port: {{ . }}}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /healthz, port: {{ . }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- define "lode.podSecurity" -}}
{{- with .root.Values.image.pullSecrets -}}
imagePullSecrets: {{ range . }}
  - name: {{ . }}{{ end }}
{{ end -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "lode.security" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}
