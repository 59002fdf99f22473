/** Why Triton cannot be installed or run on this machine. */
export type TritonInstallErrorCode =
  | 'UNSUPPORTED_PLATFORM'
  | 'UNSUPPORTED_CPU'
  | 'UNSUPPORTED_GLIBC'
  | 'UNSUITABLE_PATH'
  | 'NO_PYTHON'
  | 'BROKEN_PYTHON'
  | 'UNSUPPORTED_PYTHON'
  | 'INCOMPLETE_PYTHON'
  | 'NO_LIBPYTHON'
  | 'NO_PIP'
  | 'INSTALL_FAILED';

/** The message says what is missing and what to install; it is meant for the user as it is. */
export class TritonInstallError extends Error {
  override readonly name = 'TritonInstallError';
  readonly code: TritonInstallErrorCode;

  constructor(code: TritonInstallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
