import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShareServiceClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';

let emulator: FilesEmulator;
let service: ShareServiceClient;
beforeAll(async () => {
  emulator = await startEmulator();
  service = serviceClient(emulator);
  await service.createShare('pages');
});
afterAll(() => emulator.stop());

const rule = {
  allowedOrigins: 'https://one.example,https://*.two.example',
  allowedMethods: 'GET,PUT',
  allowedHeaders: 'x-ms-*,content-type',
  exposedHeaders: 'x-ms-request-id',
  maxAgeInSeconds: 60,
};

describe('Service properties', () => {
  test('What is set comes back, and what is left out stays', async () => {
    const metrics = { version: '1.0', enabled: true, includeAPIs: true, retentionPolicy: { enabled: true, days: 3 } };
    await service.setProperties({ hourMetrics: metrics, minuteMetrics: metrics });
    await service.setProperties({
      cors: [rule],
      protocol: { smb: { multichannel: { enabled: true } } },
    });

    const properties = await service.getProperties();

    expect(properties.hourMetrics).toEqual(metrics);
    expect(properties.cors).toEqual([rule]);
    expect(properties.protocol?.smb?.multichannel?.enabled).toBe(true);
  });

  test.each([
    ['<HourMetrics><Version>2.0</Version></HourMetrics>', 'InvalidXmlNodeValue'],
    ['<HourMetrics><Version>1.0</Version><Enabled>true</Enabled></HourMetrics>', 'MissingRequiredXmlNode'],
    ['<Cors><CorsRule><AllowedOrigins>*</AllowedOrigins></CorsRule></Cors>', 'InvalidXmlDocument'],
    ['<Logging/>', 'InvalidXmlDocument'],
    ['<Cors>', 'InvalidXmlDocument'],
  ])('%s is refused and changes nothing', async (text, code) => {
    const before = await service.getProperties();
    const body = `<StorageServiceProperties>${text}</StorageServiceProperties>`;

    const answer = await rawRequest(
      emulator,
      'PUT',
      `/${ACCOUNT}/?restype=service&comp=properties&${accountSas('w')}`,
      {
        body,
      },
    );

    expect(answer).toMatchObject({ status: 400, headers: { 'x-ms-error-code': code } });
    expect((await service.getProperties()).cors).toEqual(before.cors);
  });

  test('More than five rules are refused', async () => {
    const refusal = await failureOf(service.setProperties({ cors: Array.from({ length: 6 }, () => rule) }));

    expect(refusal).toMatchObject({ statusCode: 400, code: 'InvalidXmlDocument' });
  });
});

describe('CORS', () => {
  beforeAll(() => service.setProperties({ cors: [rule] }));

  const preflight = (headers: Record<string, string>) =>
    rawRequest(emulator, 'OPTIONS', `/${ACCOUNT}/pages/f`, { headers });

  test('A preflight is answered without credentials when a rule covers it', async () => {
    const answer = await preflight({
      Origin: 'https://a.two.example',
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'X-Ms-Version, Content-Type',
    });

    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://a.two.example',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'X-Ms-Version, Content-Type',
      'access-control-max-age': '60',
    });
  });

  test.each([
    [{ Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' }, 403, 'CorsPreflightFailure'],
    [{ Origin: 'https://one.example', 'Access-Control-Request-Method': 'DELETE' }, 403, 'CorsPreflightFailure'],
    [
      {
        Origin: 'https://one.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
      },
      403,
      'CorsPreflightFailure',
    ],
    [{ Origin: 'https://one.example' }, 400, 'MissingRequiredHeader'],
  ])('A preflight %j that no rule covers is refused', async (headers, status, code) => {
    const answer = await preflight(headers as Record<string, string>);

    expect([answer.status, answer.headers['x-ms-error-code']]).toEqual([status, code]);
  });

  test('An answer tells a page of an allowed origin that it may read it, refusals too', async () => {
    const get = (origin: string, query: string) =>
      rawRequest(emulator, 'GET', `/${ACCOUNT}/pages?restype=share&${query}`, { headers: { Origin: origin } });

    const allowed = await get('https://one.example', accountSas('r'));
    const refused = await get('https://one.example', '');
    const other = await get('https://evil.example', accountSas('r'));

    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://one.example',
      'access-control-expose-headers': 'x-ms-request-id',
      vary: 'Origin',
    });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, 'https://one.example']);
    expect([other.status, other.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });
});
