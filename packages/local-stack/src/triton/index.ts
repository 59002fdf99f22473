export { freePorts } from './free-ports.ts';
export { defaultCacheDir, lockFile } from './cache-folder.ts';
export { TritonInstallError, type TritonInstallErrorCode } from './install-error.ts';
export { installTriton, type InstallTritonOptions, type TritonInstallation } from './install.ts';
export { makeEnvironment } from './python-environment.ts';
export { findPython } from './python.ts';
export type { TritonExit } from './server-process.ts';
export {
  startTriton,
  type StartTritonOptions,
  TritonStartError,
  type TritonServer,
} from './start.ts';
