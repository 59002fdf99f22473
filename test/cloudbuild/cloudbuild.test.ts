import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT, runs, text } from '../support/repository.ts';
import { gcloudProblem, hasGcloud } from './support/gcloud.ts';
import { lintCloudBuild } from './support/lint.ts';

const FILES = ['cloudbuild.yaml', 'cloudbuild-pr.yaml'];
const original = text('cloudbuild.yaml');

describe.each(FILES)('%s', (file) => {
  it('has none of the mistakes that the lint knows', () => {
    expect(lintCloudBuild(text(file))).toEqual([]);
  });

  it.skipIf(!hasGcloud)('is taken by the parser of gcloud (needs gcloud)', () => {
    expect(gcloudProblem(text(file))).toBe('');
  });
});

it.skipIf(!hasGcloud)('the parser of gcloud refuses a misspelt field (needs gcloud)', () => {
  expect(gcloudProblem(original.replace('waitFor:', 'waitfor:'))).toContain('waitfor');
});

describe('the lint of Cloud Build files', () => {
  it.each([
    ['waitFor: [worker-image]', 'waitFor: [worker]', 'waitFor "worker" is no id'],
    ['waitFor: [smoke]', 'waitFor: [settle]', 'waitFor "settle" is no id of an earlier step'],
    ['id: smoke', 'id: deploy', 'another step has this id'],
    ['REGISTRY=$_REGISTRY', 'REGISTRY=$_REGISTER', '$_REGISTER is not declared'],
    ['OVERLAY=$_OVERLAY', 'OVERLAY=gke', '_OVERLAY is declared and not used'],
    ['REGION=$_REGION', 'REGION_=x', "$REGION is not in the step's env"],
    ['timeout: 2400s', 'timeout: 40m', 'timeout is not "<seconds>s"'],
    ['timeout: 10800s', 'timeout: 600s', 'its timeout is 600s'],
    ['npm test\n', 'npm test || true\n', '"|| true" hides a failure'],
    ['set -euo pipefail', 'set -u', 'goes on after a failure'],
    ['npm run check', 'kubectl apply -f k8s/base', 'use -k'],
    [':528.0.0', ':latest', 'is not pinned by version'],
    ['serviceAccount:', 'serviceAccounts:', 'no serviceAccount'],
  ])('finds %j as %j', (right, wrong, problem) => {
    expect(original).toContain(right);
    expect(lintCloudBuild(original.replace(right, wrong)).join('\n')).toContain(problem);
  });
});

describe.skipIf(!runs('shellcheck', '--version'))('cloudbuild/ (needs shellcheck)', () => {
  it.each(globSync('cloudbuild/*.sh', { cwd: ROOT }))('%s satisfies shellcheck', (file) => {
    expect(execFileSync('shellcheck', [file], { cwd: ROOT, encoding: 'utf8' })).toBe('');
  });
});
