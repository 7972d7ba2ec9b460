/** Tests that cannot pass here, by the end of their name, and the cloud feature each of them needs. */
const EXCLUSIONS: readonly { test: string; needs: string; sdk?: string }[] = [
  {
    test: 'uploadRangeFromURL - source bearer token',
    needs: 'a Blob service in the same account: the copy source is a blob',
  },
  // Two tests of the suite at hand (12.29) read an error as SDKs up to 12.31 shape it.
  {
    test: 'Invalid service version',
    sdk: '12.33.0',
    needs: "no cloud feature, an older SDK: 12.33 has the sentence in the error's `details.message`",
  },
  {
    test: 'create share with invalid SAS should fail',
    sdk: '12.33.0',
    needs: "no cloud feature, an older SDK: 12.33 has the detail in the error's `details.additionalProperties`",
  },
];

/** What a test needs that is not to be had here; undefined for a test that must pass. */
export function missingFeature(name: string, sdk: string): string | undefined {
  return EXCLUSIONS.find((each) => name.endsWith(each.test) && (each.sdk ?? sdk) === sdk)?.needs;
}
