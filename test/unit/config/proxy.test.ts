import { describe, expect, test } from 'vitest';
import { requireProxySupport } from '../../../lib/http/http-client.ts';
import { environment, load, problemsOf, rightConfig } from './configurations.ts';

const url = 'http://user:topsecret@proxy:3128';
const never = 'localhost,::1,[::1],127.0.0.1-127.255.255.255,169.254.0.0-169.254.255.255';

describe('the proxy', () => {
  test.each<[string, unknown, Record<string, string>, object | undefined]>([
    ['is none without a word', undefined, {}, undefined],
    ['is that of the configuration', url, {}, { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: never }],
    [
      'beats the environment',
      { env: 'MINE' },
      { MINE: url, HTTPS_PROXY: 'http://other:1' },
      { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: never },
    ],
    [
      'is that of the environment, each for its kind',
      undefined,
      { HTTPS_PROXY: url },
      { HTTPS_PROXY: url, NO_PROXY: never },
    ],
    [
      'is ALL_PROXY where there is no other',
      undefined,
      { ALL_PROXY: url, HTTP_PROXY: 'http://h:1' },
      { HTTP_PROXY: 'http://h:1', HTTPS_PROXY: url, NO_PROXY: never },
    ],
    [
      'may be written in lower case',
      undefined,
      { https_proxy: url, HTTPS_PROXY: 'http://other:1', no_proxy: '.corp' },
      { HTTPS_PROXY: url, NO_PROXY: `.corp,${never}` },
    ],
    [
      'is passed by for NO_PROXY with a proxy of the configuration too',
      url,
      { NO_PROXY: 'a,b' },
      { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: `a,b,${never}` },
    ],
  ])('%s', async (_, proxy, env, expected) => {
    const { proxy: found, config } = await load(
      { ...rightConfig(), ...(proxy !== undefined && { proxy }) },
      { ...environment, ...env },
    );

    expect(found).toEqual(expected);
    expect(JSON.stringify(config)).not.toContain('topsecret');
  });

  test.each<[string, unknown, Record<string, string>, string]>([
    ['socks', 'socks5://user:topsecret@proxy:1', {}, 'proxy'],
    ['no URL', 'topsecret', {}, 'proxy'],
    ['a path', 'http://proxy:1/topsecret', {}, 'proxy'],
    ['an unset variable', { env: 'NOT_SET' }, {}, 'proxy.env'],
    ['a number', 5, {}, 'proxy'],
    ['a wrong one in the environment', undefined, { HTTPS_PROXY: 'topsecret:topsecret@proxy' }, 'HTTPS_PROXY'],
  ])('as %s is refused, and not shown', async (_, proxy, env, path) => {
    const problems = await problemsOf(
      { ...rightConfig(), ...(proxy !== undefined && { proxy }) },
      { ...environment, ...env },
    );

    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(JSON.stringify(problems)).not.toContain('topsecret');
  });

  test.each(['22.20.0', '23.11.0', '24.4.1'])('is refused under Node %s, which would go past it', (version) => {
    expect(() => requireProxySupport(version)).toThrow('knows no proxies');
  });

  test.each(['22.21.0', '24.5.0', '24.21.0', '25.0.0'])('is taken under Node %s', (version) => {
    expect(() => requireProxySupport(version)).not.toThrow();
  });
});
