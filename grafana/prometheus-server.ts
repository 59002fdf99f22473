import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@imagen/local-stack/triton';
import { parse, stringify } from 'yaml';

/** Whether this machine has Prometheus: Debian's package of that name, or one of its releases. */
export const hasPrometheus: boolean = spawnSync('prometheus', ['--version']).status === 0;

/** A Prometheus of one's own, with the configuration and the rules of this folder, but for targets and intervals. */
export interface PrometheusServer extends AsyncDisposable {
  /** Samples of a query over all the time since it was started, a second apart. @throws Error with what Prometheus says */
  query(expr: string): Promise<Series[]>;
}

/** One line of a chart. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Unix seconds and value; none where there was no sample. */
  readonly values: readonly (readonly [number, string])[];
}

/** `host:port` of what is scraped, by the name of its job. */
export type Targets = Readonly<Record<'worker' | 'triton', readonly string[]>>;

interface Configuration {
  readonly scrape_configs: readonly { readonly job_name: keyof Targets }[];
}

const read = async (path: string): Promise<string> =>
  readFile(new URL(path, import.meta.url), 'utf8');

/** Starts one, which scrapes and evaluates every second. */
export async function startPrometheus(targets: Targets): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'imagen-prometheus-'));
  const rules = (await read('rules/imagen.yaml')).replaceAll(/interval: .*/g, 'interval: 1s');
  await writeFile(join(folder, 'rules.yaml'), rules);
  await writeFile(
    join(folder, 'prometheus.yml'),
    configuration(await read('prometheus.yml'), targets),
  );
  const [port = 0] = await freePorts(1);
  const args = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ];
  const startedAt = Date.now() / 1000;
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  return {
    query: async (expr) => query(`http://127.0.0.1:${port}`, expr, startedAt),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

/** Only what a test cannot have is replaced: the names of hosts, and time. */
function configuration(text: string, targets: Targets): string {
  const shipped = parse(text) as Configuration;
  return stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: shipped.scrape_configs.map(({ job_name }) => ({
      job_name,
      static_configs: [{ targets: targets[job_name] }],
    })),
  });
}

async function query(url: string, expr: string, startedAt: number): Promise<Series[]> {
  const times = { start: String(startedAt), end: String(Date.now() / 1000), step: '1' };
  const body = new URLSearchParams({ query: expr, ...times });
  const response = await fetch(`${url}/api/v1/query_range`, { method: 'POST', body });
  const answer = (await response.json()) as { data?: { result: Series[] }; error?: string };
  if (!answer.data) throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result;
}
