import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JobError } from '../src/errors.ts';

it('the message of a job error can be shown in a terminal, whatever the publisher put into it', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 3000 });
  fc.assert(
    fc.property(texts, (text) => {
      const { message } = new JobError('INVALID_MESSAGE', `unknown key: ${text}`);
      expect(message).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
      expect(message.length).toBeLessThanOrEqual(1000);
    }),
  );
});
