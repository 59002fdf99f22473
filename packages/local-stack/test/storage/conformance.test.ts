import { Storage } from '@google-cloud/storage';
import { startStorage } from '@imagen/local-stack/storage';
import {
  CLIENT_OPTIONS,
  type ConnectedStorage,
  storageConformance,
} from './support/storage-conformance.ts';

async function connectByEndpoint(): Promise<ConnectedStorage> {
  const server = await startStorage();
  const storage = new Storage({ ...CLIENT_OPTIONS, apiEndpoint: server.url });
  return { storage, close: async () => server.stop() };
}

// The client reads the variable when it is made; its JSON calls then come without /storage/v1.
async function connectByEnvironment(): Promise<ConnectedStorage> {
  const server = await startStorage();
  process.env['STORAGE_EMULATOR_HOST'] = server.url;
  const storage = new Storage(CLIENT_OPTIONS);
  delete process.env['STORAGE_EMULATOR_HOST'];
  return { storage, close: async () => server.stop() };
}

storageConformance({ name: 'ours by apiEndpoint', connect: connectByEndpoint, differences: {} });
storageConformance({
  name: 'ours by STORAGE_EMULATOR_HOST',
  connect: connectByEnvironment,
  differences: {},
});
