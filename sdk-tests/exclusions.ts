/** Tests that cannot pass here, by the end of their name, and the cloud feature each of them needs. */
const EXCLUSIONS: readonly { test: string; needs: string }[] = [
  {
    test: 'uploadRangeFromURL - source bearer token',
    needs: 'a Blob service in the same account: the copy source is a blob',
  },
];

/** What a test needs that an emulator of Files has not; undefined for a test that must pass. */
export function missingFeature(name: string): string | undefined {
  return EXCLUSIONS.find(({ test }) => name.endsWith(test))?.needs;
}
