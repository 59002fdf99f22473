import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { pubSubConformance } from './support/conformance.ts';
import { EMULATOR_DIFFERENCES } from './support/emulator-differences.ts';

const { name, address } = inject('pubSubEmulator');

pubSubConformance({
  name,
  connect: async () => ({ address: address ?? '', elapse: sleep, close: async () => {} }),
  differences: EMULATOR_DIFFERENCES,
  concurrent: true,
  skip: address === null,
});
