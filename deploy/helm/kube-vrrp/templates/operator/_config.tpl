{{/* The operator's configuration file; src/operator/config-schema.ts says what it may hold. */}}
{{- define "kube-vrrp.operatorConfig" -}}
{{- $agent := .Values.agent -}}
agent:
  image: {{ include "kube-vrrp.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  imagePullSecrets: {{ toJson .Values.image.pullSecrets }}
  daemonSetName: {{ include "kube-vrrp.agentName" . }}
  serviceAccountName: {{ include "kube-vrrp.agentName" . }}
  secretName: {{ include "kube-vrrp.agentSecretName" . }}
  realtime: {{ $agent.realtime }}
  priorityClassName: {{ $agent.priorityClassName | quote }}
  resources: {{- toYaml $agent.resources | nindent 4 }}
  tolerations: {{ toJson $agent.tolerations }}
  podLabels: {{ toJson $agent.podLabels }}
  podAnnotations: {{ toJson $agent.podAnnotations }}
  stateDir: {{ $agent.stateDir | quote }}
  http: {{ $agent.http | quote }}
  logFormat: {{ $agent.logFormat }}
  logLevel: {{ $agent.logLevel }}
  terminationGracePeriodSeconds: {{ int $agent.terminationGracePeriodSeconds }}
  env: {{ merge (dict) $agent.env (include "kube-vrrp.kubernetesServiceEnv" . | fromYaml) | toJson }}
  extraArgs: {{ toJson $agent.extraArgs }}
workers: {{ int .Values.operator.workers }}
leaderElection:
  leaseName: {{ include "kube-vrrp.leaseName" . }}
  {{- with .Values.operator.leaderElection }}
  leaseDuration: {{ .leaseDuration }}
  renewDeadline: {{ .renewDeadline }}
  retryPeriod: {{ .retryPeriod }}
  {{- end }}
{{- end -}}
