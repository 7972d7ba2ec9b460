import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only needed to make a certificate; a machine without it has nothing else to fail there. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Files of a fresh self-signed certificate for 127.0.0.1, or other names; `remove` deletes them. */
export function makeCertificate(names = 'IP:127.0.0.1') {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-nodes', '-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=${names}`];
  const output = ['-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...output, ...subject], { stdio: 'ignore' });
  return {
    keyFile,
    certFile,
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certFile, 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
