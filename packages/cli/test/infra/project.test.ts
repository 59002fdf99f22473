import { expect, it } from 'vitest';
import { lookUpProjectNumber, readTarget } from '../../src/infra/project.ts';
import { UsageError } from '../../src/usage-error.ts';

const options = { project: 'my-project', sourceBucket: [] };

it.each([
  ['no project', { project: undefined }, '--project "": expected the id of a project'],
  ['a project that cannot be one', { project: 'My Project' }, '--project "My Project"'],
  ['a number that is none', { projectNumber: 'my-project' }, '--project-number "my-project"'],
  ['no days', { resultsDays: '0' }, '--results-days "0": expected a number of days'],
  ['a location with a quote', { location: `eu'` }, '--location'],
  ['a bucket that cannot be one', { sourceBucket: ['gs://a'] }, '--source-bucket "gs://a"'],
])('%s is refused before anything is asked', (_, more, problem) => {
  const read = () => readTarget({ ...options, ...more } as typeof options, {});
  expect(read).toThrow(UsageError);
  expect(read).toThrow(problem);
});

it('takes project and buckets from the environment of the other commands', () => {
  const environment = { GOOGLE_CLOUD_PROJECT: 'blue-project', IMAGEN_SOURCES_BUCKET: 'blue' };
  const target = readTarget({ sourceBucket: [] }, environment);
  expect(target).toMatchObject({
    projectId: 'blue-project',
    resultsBucket: 'blue-project-imagen-results',
    sourcesBucket: 'blue',
  });
});

it('reads the number of a project from the Resource Manager', async () => {
  const request = async () => ({ data: { name: 'projects/123' } }) as never;
  expect(await lookUpProjectNumber('my-project', { request })).toBe('123');
});

it('says how to find the number where it may not look', async () => {
  const request = async () => Promise.reject(new Error('The caller does not have permission'));
  const looked = lookUpProjectNumber('my-project', { request });
  await expect(looked).rejects.toThrow(UsageError);
  await expect(looked).rejects.toThrow(
    "does not have permission. Give --project-number: gcloud projects describe my-project --format='value(projectNumber)'",
  );
});
