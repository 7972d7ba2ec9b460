import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  generateFileSASQueryParameters,
  SASProtocol,
  ShareSASPermissions,
} from '@azure/storage-file-share';
import type { AccountSASSignatureValues, FileSASSignatureValues } from '@azure/storage-file-share';
import { ACCOUNT, credentialOf } from './fixture.ts';

const inOneHour = () => new Date(Date.now() + 3600_000);

/** A SAS for a share, made by the SDK. */
export function shareSas(shareName: string, letters: string, values: Partial<FileSASSignatureValues> = {}): string {
  return generateFileSASQueryParameters(
    {
      shareName,
      permissions: ShareSASPermissions.parse(letters),
      expiresOn: inOneHour(),
      protocol: SASProtocol.HttpsAndHttp,
      ...values,
    },
    credentialOf(ACCOUNT),
  ).toString();
}

/** A SAS for an account, made by the SDK. */
export function accountSas(
  letters: string,
  values: Partial<AccountSASSignatureValues> = {},
  account: string = ACCOUNT,
): string {
  return generateAccountSASQueryParameters(
    {
      services: 'f',
      resourceTypes: 'sco',
      permissions: AccountSASPermissions.parse(letters),
      expiresOn: inOneHour(),
      protocol: SASProtocol.HttpsAndHttp,
      ...values,
    },
    credentialOf(account),
  ).toString();
}
