/** Pods on every node that are ready while they have the file /tmp/ready, which they have at first. */
export const NGINX_READY_GATE = `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: gated, namespace: default }
spec:
  selector: { matchLabels: { app: gated } }
  template:
    metadata: { labels: { app: gated } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: gated
          image: nginx:1.28
          imagePullPolicy: IfNotPresent
          command: [sh, -c, 'touch /tmp/ready && exec nginx -g "daemon off;"']
          readinessProbe: { exec: { command: [test, -e, /tmp/ready] }, periodSeconds: 1, failureThreshold: 1 }
`;
