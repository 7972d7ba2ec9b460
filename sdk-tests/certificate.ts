import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ThrowAwayCertificate = { file: string; tls: { cert: string; key: string }; remove: () => void };

/** A fresh self-signed certificate for the service's host names. Needs the `openssl` program. */
export function makeCertificate(): ThrowAwayCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'farshare-sdk-tests-tls-'));
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-nodes', '-subj', '/CN=emulator', '-addext', 'subjectAltName=DNS:*.file.core.windows.net'];
  const output = ['-keyout', keyFile, '-out', file];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...output, ...subject], { stdio: 'ignore' });
  const tls = { cert: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  return { file, tls, remove: () => rmSync(folder, { recursive: true }) };
}
