import { readFileSync } from 'node:fs';
import { OPERATION_NAMES } from '@imagen/contracts';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../packages/worker/src/config.ts';

const read = (path: string): unknown =>
  parse(readFileSync(new URL(`../../grafana/${path}`, import.meta.url), 'utf8'));

const prometheus = read('prometheus.yml') as {
  readonly global: { readonly scrape_interval: string };
  readonly scrape_configs: readonly { readonly job_name: string }[];
};

it('Prometheus reads a worker of every operation, at the port it serves, and Triton', () => {
  const settings = { GOOGLE_CLOUD_PROJECT: 'p', IMAGEN_OPERATIONS: 'comic' };
  const { port } = readConfig({ ...settings, IMAGEN_RESULTS_BUCKET: 'b' });
  expect(prometheus.scrape_configs).toEqual([
    { job_name: 'worker', static_configs: [{ targets: OPERATION_NAMES.map(workerAt(port)) }] },
    { job_name: 'triton', static_configs: [{ targets: ['triton:8002'] }] },
  ]);
});

it('its jobs are named as Managed Prometheus names them', () => {
  const path = '../k8s/components/managed-prometheus/pod-monitoring.yaml';
  const text = readFileSync(new URL(`../../grafana/${path}`, import.meta.url), 'utf8');
  const names = [...text.matchAll(/^ {2}name: (\S+)$/gm)].map(([, name]) => name);
  expect(names).toEqual(prometheus.scrape_configs.map(({ job_name }) => job_name));
});

it('Grafana asks that Prometheus, and knows how often it reads', () => {
  const source = {
    type: 'prometheus',
    url: 'http://prometheus:9090',
    isDefault: true,
    jsonData: { timeInterval: prometheus.global.scrape_interval },
  };
  expect(read('provisioning/datasources/prometheus.yaml')).toMatchObject({ datasources: [source] });
});

it('Grafana takes the dashboards from files, and nobody changes them in it', () => {
  const options = { path: '/var/lib/grafana/dashboards' };
  expect(read('provisioning/dashboards/imagen.yaml')).toMatchObject({
    providers: [{ type: 'file', allowUiUpdates: false, options }],
  });
});

function workerAt(port: number): (operation: string) => string {
  return (operation) => `${operation}-worker:${port}`;
}
