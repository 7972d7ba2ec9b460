import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage, queueInput } from '../../../local-host/queue-message.ts';

test('What is encoded decodes to the same text, in both encodings', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('base64' as const, 'none' as const),
      (text, encoding) => {
        expect(decodeMessage(encodeMessage(text, encoding), encoding)).toBe(text);
      },
    ),
  );
});

test.each(['not base64!', 'abc', 'YWJj YWJj', 'YW=j'])('"%s" is not base64', (text) => {
  expect(decodeMessage(text, 'base64')).toBeUndefined();
  expect(decodeMessage(text, 'none')).toBe(text);
});

const instant = new Date('2026-11-22T10:00:00.123Z');
const message = (messageText: string) => ({
  messageId: 'the-id',
  popReceipt: 'the-receipt',
  dequeueCount: 2,
  messageText,
  insertedOn: instant,
  expiresOn: instant,
  nextVisibleOn: instant,
});

test('Trigger metadata holds the message properties, with times as the real host writes them', () => {
  expect(queueInput(message(''), 'plain').triggerMetadata).toEqual({
    QueueTrigger: { string: 'plain' },
    Id: { string: 'the-id' },
    PopReceipt: { string: 'the-receipt' },
    DequeueCount: { int: 2 },
    InsertionTime: { json: '"2026-11-22T10:00:00.123+00:00"' },
    ExpirationTime: { json: '"2026-11-22T10:00:00.123+00:00"' },
    NextVisibleTime: { json: '"2026-11-22T10:00:00.123+00:00"' },
  });
});

test('Top-level properties of the payload win over the metadata, whatever their case', () => {
  const body = '{"ID":"x","dequeueCount":9,"no":false,"list":[],"none":null,"o":{"a":1}}';

  const { triggerMetadata } = queueInput(message(''), body);

  expect(triggerMetadata).toMatchObject({
    Id: { string: 'x' },
    DequeueCount: { string: '9' },
    no: { string: 'False' },
    o: { json: '{"a":1}' },
  });
  expect(Object.keys(triggerMetadata ?? {})).not.toContain('list');
  expect(Object.keys(triggerMetadata ?? {})).not.toContain('none');
});
