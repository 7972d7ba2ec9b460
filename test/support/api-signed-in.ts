import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConformingApi } from './conforming-api.ts';
import { operations } from './openapi.ts';
import type { HostProcess } from './stack-host.ts';

/** The header that App Service authentication puts on the requests of somebody who holds these app roles. */
function signedIn(...roles: readonly string[]): Readonly<Record<string, string>> {
  const claims = [{ typ: 'name', val: 'Ada' }, ...roles.map((val) => ({ typ: 'roles', val }))];
  const principal = { auth_typ: 'aad', name_typ: 'name', role_typ: 'roles', claims };
  return { 'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64') };
}

/** Every operation behind App Service authentication: nobody, somebody without a role, who may look, who may act. */
export function describeSignedIn(
  startApp: (settings: Record<string, string>) => Promise<HostProcess>,
  met: () => Set<string>,
): void {
  describe('With Entra ID instead of keys', () => {
    const keyed = operations.filter(({ security }) => security?.length !== 0);
    let entra: HostProcess;
    let there: ConformingApi;

    beforeAll(async () => {
      entra = await startApp({ FARSHARE_API_AUTH: 'entra', WEBSITE_AUTH_ENABLED: 'True' });
      there = new ConformingApi(entra.url, entra.masterKey, met());
    });
    afterAll(() => entra.process.kill());

    test.each(keyed.map(({ operationId, method }) => [operationId, method]))('%s takes a role', async (id, method) => {
      const asked = { path: { job: 'none' }, query: 'strange=1' };
      const acts = method === 'POST' || id === 'get-content';

      expect(await there.refusal(id, asked)).toBe('401 ');
      for (const header of ['', 'e30=', 'bm8=', Buffer.from('{"auth_typ":"aad"}').toString('base64')]) {
        expect(await there.refusal(id, { ...asked, headers: { 'x-ms-client-principal': header } })).toBe('401 ');
      }
      expect(await there.refusal(id, { ...asked, headers: signedIn('Farshare.Other') })).toBe('403 RoleMissing');
      const reader = await there.refusal(id, { ...asked, headers: signedIn('Farshare.Read') });
      expect(reader).toBe(acts ? '403 RoleMissing' : '400 InvalidRequest');
      expect(await there.refusal(id, { ...asked, headers: signedIn('Farshare.Operate') })).toBe('400 InvalidRequest');
      const otherSite = { ...signedIn('Farshare.Operate'), 'sec-fetch-site': 'cross-site' };
      expect(await there.refusal(id, { ...asked, headers: otherSite })).toBe('403 CrossSite');
    });

    test('nobody is let in where App Service signs nobody in', async () => {
      const open = await startApp({ FARSHARE_API_AUTH: 'entra' });
      const nobody = new ConformingApi(open.url, open.masterKey);

      expect(await nobody.refusal('list-jobs', { headers: signedIn('Farshare.Operate') })).toBe('401 ');
      expect(await nobody.refusal('health', {})).toBe('200 ');
      await open.process.kill();
    });
  });
}
