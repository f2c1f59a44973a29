{{/* The beginning of the names of all objects. */}}
{{- define "kube-vrrp.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kube-vrrp.operatorName" -}}{{ include "kube-vrrp.fullname" . }}-operator{{- end -}}
{{- define "kube-vrrp.agentName" -}}{{ include "kube-vrrp.fullname" . }}-agent{{- end -}}
{{/* The Secret in which the operator keeps the passwords for the agents. */}}
{{- define "kube-vrrp.agentSecretName" -}}{{ include "kube-vrrp.fullname" . }}-agents{{- end -}}
{{- define "kube-vrrp.leaseName" -}}{{ include "kube-vrrp.operatorName" . }}{{- end -}}

{{/* Labels that never change: selectors are made of them. */}}
{{- define "kube-vrrp.selectorLabels" -}}
app.kubernetes.io/name: kube-vrrp
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kube-vrrp.labels" -}}
{{ include "kube-vrrp.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "kube-vrrp.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* Where the API server is, when it is not to be found by the Service: a map of environment variables. */}}
{{- define "kube-vrrp.kubernetesServiceEnv" -}}
{{- if .Values.kubernetesService.host -}}
KUBERNETES_SERVICE_HOST: {{ .Values.kubernetesService.host | quote }}
KUBERNETES_SERVICE_PORT: {{ .Values.kubernetesService.port | quote }}
{{- end -}}
{{- end -}}

{{/* "true" where ValidatingAdmissionPolicies are to be installed. */}}
{{- define "kube-vrrp.admissionPolicy" -}}
{{- $enabled := .Values.admissionPolicy.enabled -}}
{{- if eq (toString $enabled) "auto" -}}
{{- if .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy" -}}true{{- end -}}
{{- else if $enabled -}}true{{- end -}}
{{- end -}}

{{/* User name of a ServiceAccount of the release; takes a list of the root context and the account's name. */}}
{{- define "kube-vrrp.serviceAccountUser" -}}
system:serviceaccount:{{ (index . 0).Release.Namespace }}:{{ index . 1 }}
{{- end -}}
