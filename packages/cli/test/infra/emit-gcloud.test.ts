import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { desiredResources } from '../../src/infra/desired.ts';
import { emitGcloud, LOOKED_UP } from '../../src/infra/emit-gcloud.ts';
import { readTarget } from '../../src/infra/project.ts';

const options = { project: 'my-project', resultsDays: '30', sourceBucket: ['photos'] };
const target = { ...readTarget(options, {}), projectNumber: LOOKED_UP };
const desired = desiredResources(target);

/** In place of gcloud: prints its arguments, and the rules that it is given. */
const STAND_IN = `gcloud() {
  if [[ $1 == projects ]]; then echo 12; return; fi
  printf '%s\\0' "$@"
  for word in "$@"; do [[ $word != --lifecycle-file=* ]] || cat "\${word#*=}"; done
  echo
}
`;

/** The arguments that a shell gives to gcloud, one list per command. */
function runWithStandIn(script: string): string[][] {
  const output = execFileSync('bash', ['-c', STAND_IN + script], { encoding: 'utf8' });
  const lines = output.split('\n').filter(Boolean);
  return lines.map((line) => line.split('\0'));
}

const commands = runWithStandIn(emitGcloud('my-project', desired));
const startingWith = (...words: string[]): string[][] =>
  commands.filter((command) => words.every((word, index) => command[index] === word));

it('creates every topic, subscription and bucket, and makes every grant', () => {
  expect(startingWith('pubsub', 'topics', 'create')).toHaveLength(11);
  expect(startingWith('pubsub', 'subscriptions', 'create')).toHaveLength(15);
  expect(startingWith('storage', 'buckets', 'create')).toHaveLength(2);
  const grants = commands.filter(([, , verb]) => verb === 'add-iam-policy-binding');
  expect(grants).toHaveLength(desired.flatMap((resource) => resource.grants).length);
});

it('says the settings of a subscription', () => {
  const [command] = startingWith('pubsub', 'subscriptions', 'create', 'imagen-comic-workers');
  expect(command?.slice(4, -1)).toEqual([
    '--project=my-project',
    '--topic=projects/my-project/topics/imagen-comic',
    '--ack-deadline=30',
    '--message-retention-duration=604800s',
    '--expiration-period=never',
    '--min-retry-delay=5s',
    '--max-retry-delay=120s',
    '--dead-letter-topic=projects/my-project/topics/imagen-comic-dlq',
    '--max-delivery-attempts=10',
  ]);
});

it('gives a bucket its rules in a file', () => {
  const [command] = startingWith('storage', 'buckets', 'create', 'gs://my-project-imagen-results');
  expect(JSON.parse(command?.at(-1) ?? '')).toMatchObject({
    rule: [{ condition: { age: 7 } }, { action: { type: 'Delete' }, condition: { age: 30 } }],
  });
});

it('hands conditions over as they are, and the number that it has looked up', () => {
  const objects = 'projects/_/buckets/my-project-imagen-results/objects';
  const role = '--role=roles/storage.objectCreator';
  const made = commands.find((command) => command.includes(role));
  const pool = 'projects/12/locations/global/workloadIdentityPools/my-project.svc.id.goog';
  expect(made?.slice(3, -1)).toEqual([
    'gs://my-project-imagen-results',
    `--member=principal://iam.googleapis.com/${pool}/subject/ns/imagen/sa/upscale-worker`,
    role,
    '--condition=title=imagen: upscale/ and jobs/,expression=' +
      `resource.name.startsWith("${objects}/upscale/") || resource.name.startsWith("${objects}/jobs/")`,
  ]);
});

it('puts in its own variables and nothing else', () => {
  const member = `user:"a'b $HOME $(date) \`date\` \\ ${LOOKED_UP}`;
  const grants = [{ role: "it's $HOME", member }];
  const [made] = runWithStandIn(emitGcloud('my-project', [{ ...desired[0]!, grants }])).slice(-1);
  expect(made?.slice(5, -1)).toEqual([
    `--member=${member.replace(LOOKED_UP, '12')}`,
    "--role=it's $HOME",
  ]);
});

it('stops at the first command that fails', () => {
  const script = emitGcloud('my-project', desired);
  const failing = `gcloud() { [[ $1 == projects ]] || { echo once; return 3; }; }\n${script}`;
  const run = () => execFileSync('bash', ['-c', failing], { encoding: 'utf8', stdio: 'pipe' });
  expect(run).toThrow(expect.objectContaining({ status: 3, stdout: 'once\n' }) as Error);
});
