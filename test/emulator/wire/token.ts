/** An unsigned JSON Web Token as the emulator takes them. */
export function bearerToken(claims: Record<string, unknown> = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = {
    aud: 'https://storage.azure.com',
    exp: Math.floor(Date.now() / 1000) + 3600,
    oid: '11111111-2222-3333-4444-555555555555',
    tid: '99999999-8888-7777-6666-555555555555',
    ...claims,
  };
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(body)}.c2lnbmF0dXJl`;
}
