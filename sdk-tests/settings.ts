/** Environment variables by which a run tells its test workers where things are. */
export const SETTING = {
  protocol: 'FARSHARE_SDK_TESTS_PROTOCOL',
  /** Port of the emulator on 127.0.0.1. */
  port: 'FARSHARE_SDK_TESTS_PORT',
  /** PEM file of the emulator's certificate; empty over http. */
  certificate: 'FARSHARE_SDK_TESTS_CERTIFICATE',
  /** The package.json of the SDK under test. */
  sdkPackage: 'FARSHARE_SDK_TESTS_SDK_PACKAGE',
  /** Not empty: the tests are told that they do not run live. */
  notLive: 'FARSHARE_SDK_TESTS_NOT_LIVE',
  /** Folder in which the tests run and leave their files. */
  scratch: 'FARSHARE_SDK_TESTS_SCRATCH',
} as const;

/** `http` and `https` with the service's host names, `http-path` as `http://127.0.0.1:PORT/ACCOUNT`. */
export type Protocol = 'http' | 'https' | 'http-path';

/** Where an account's service is, in a run of this protocol. `account` may be an expression of the tests' source. */
export function endpointOf(protocol: Protocol, account: string, port: number): string {
  if (protocol === 'http-path') return `http://127.0.0.1:${port}/${account}`;
  return `${protocol}://${account}.file.core.windows.net`;
}

/** Thrown by the credential over http; the result of such a test stands in the https run. */
export const NEEDS_HTTPS = 'The SDK sends bearer tokens over https only.';
