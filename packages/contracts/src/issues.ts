import type * as z from 'zod';

/** What is wrong with a value that a schema refused, in one line: `params.scale: …; params.speed: …`. */
export function describeIssues({ issues }: z.ZodError, root = ''): string {
  const lines = issues.map(({ path, message }) => {
    const place = [root, ...path.map(String)].filter((part) => part !== '').join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  return lines.join('; ');
}
