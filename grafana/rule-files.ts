import { stringify } from 'yaml';
import { RULE_GROUPS } from './rules.ts';

const HEADER = '# Written by `npm run dashboards` from grafana/rules.ts.\n';

/** Files of the rules: path in the repository → text. */
export function ruleFiles(): Record<string, string> {
  const managed = {
    apiVersion: 'monitoring.googleapis.com/v1',
    kind: 'Rules',
    metadata: { name: 'imagen', namespace: 'imagen' },
    spec: { groups: RULE_GROUPS },
  };
  return {
    'grafana/rules/imagen.yaml': toText({ groups: RULE_GROUPS }),
    'k8s/components/managed-prometheus/rules.yaml': toText(managed),
  };
}

function toText(rules: object): string {
  return HEADER + stringify(rules, { lineWidth: 0, aliasDuplicateObjects: false });
}
