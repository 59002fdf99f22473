import { expect, it } from 'vitest';
import { relevantLines } from '../../src/triton/server-log.ts';

const INFO = 'I1124 16:29:03.056933 11732 model_lifecycle.cc:472] "loading: broken:1"';
const ERROR = String.raw`E1124 16:29:04.643737 11732 model_lifecycle.cc:642] "failed to load 'broken'\n\nAt:\n  model.py(3)"`;
const NOISE =
  'E1124 16:29:03.056024 11732 server.cc:241] "CudaDriverHelper has not been initialized."';

it('shows the errors of a log, with their lines apart, and not what surrounds them', () => {
  const log = [NOISE, INFO, ERROR, 'Traceback of it', INFO, '+---+', 'error: creating server', ''];
  const shown = relevantLines(log.join('\n'))
    .split('\n')
    .map((line) => line.trim());
  expect(shown[0]).toContain("failed to load 'broken'");
  expect(shown.slice(1)).toEqual([
    '',
    'At:',
    'model.py(3)"',
    'Traceback of it',
    'error: creating server',
  ]);
});

it('shows the end of a log without an error', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  expect(
    relevantLines(`${NOISE}\n${lines.join('\n')}`)
      .split('\n')
      .at(-1),
  ).toBe('line 99');
  expect(relevantLines(lines.join('\n'))).not.toContain('line 50');
});
