import process from 'node:process';
import { TritonInstallError } from './install-error.ts';

/** What the wheel of Triton asks of a machine. */
export interface HostFacts {
  /** As `process.platform`. */
  readonly platform: string;
  /** As `process.arch`. */
  readonly arch: string;
  /** Like `2.36`; undefined where the C library is another one. */
  readonly glibc: string | undefined;
}

/** The facts of this machine, as this Node.js sees them. */
export function hostFacts(): HostFacts {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const { platform, arch } = process;
  return { platform, arch, glibc: report.header?.glibcVersionRuntime };
}

/** Why this machine cannot run the wheel's tritonserver; undefined when it can. */
export function hostProblem({ platform, arch, glibc }: HostFacts): TritonInstallError | undefined {
  if (platform !== 'linux') {
    const message = `Triton's wheel runs on Linux only, this is ${platform}: use a Linux machine, a Linux container or WSL 2`;
    return new TritonInstallError('UNSUPPORTED_PLATFORM', message);
  }
  if (arch !== 'x64' && arch !== 'arm64') {
    const message = `Triton's wheel needs an x86_64 or aarch64 CPU and a 64-bit Node.js, this one is for ${arch}`;
    return new TritonInstallError('UNSUPPORTED_CPU', message);
  }
  if (glibc === undefined || !isAtLeast(glibc, [2, 35])) {
    const found = glibc === undefined ? 'another C library' : `glibc ${glibc}`;
    const message = `Triton needs glibc 2.35 or newer, this system has ${found}: use Debian 12, Ubuntu 22.04, Fedora 36 or newer, or a container of one`;
    return new TritonInstallError('UNSUPPORTED_GLIBC', message);
  }
  return undefined;
}

/** Compares the first two parts of a version like `22.3.1` with a wanted one. */
export function isAtLeast(version: string, wanted: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

/**
 * Why Triton cannot work with files at this absolute path; undefined when it can. It starts the processes of Python
 * models through a shell command without quotes, so characters that mean something to a shell break it.
 */
export function pathProblem(path: string, remedy: string): TritonInstallError | undefined {
  if (/^[\w./+-]+$/.test(path)) return undefined;
  const message = `Triton cannot work below ${JSON.stringify(path)}: its path may only have letters of A to Z, digits and _ . / + - in it; ${remedy}`;
  return new TritonInstallError('UNSUITABLE_PATH', message);
}
