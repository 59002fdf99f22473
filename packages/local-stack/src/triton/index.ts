export { TritonInstallError, type TritonInstallErrorCode } from './install-error.ts';
export { installTriton, type InstallTritonOptions, type TritonInstallation } from './install.ts';
export type { TritonExit } from './server-process.ts';
export {
  startTriton,
  type StartTritonOptions,
  TritonStartError,
  type TritonServer,
} from './start.ts';
