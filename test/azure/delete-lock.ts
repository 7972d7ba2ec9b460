/** A lock `CanNotDelete` on an account, for as long as some work takes. */
import type { TokenCredential } from '@azure/core-auth';
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { HttpClient, HttpMethods } from '@azure/core-rest-pipeline';
import { DefaultAzureCredential } from '@azure/identity';

interface Management {
  readonly managementEndpoint: string;
  readonly credential: TokenCredential;
  readonly httpClient: HttpClient;
}

const azure = (): Management => ({
  managementEndpoint: 'https://management.azure.com',
  credential: new DefaultAzureCredential(),
  httpClient: createDefaultHttpClient(),
});

/** Removes the lock whatever the work does. Throws unless Azure Resource Manager takes and removes it. */
export async function withDeleteLock<T>(
  resourceId: string,
  work: () => Promise<T>,
  management: Management = azure(),
): Promise<T> {
  await send(management, resourceId, 'PUT');
  try {
    return await work();
  } finally {
    await send(management, resourceId, 'DELETE');
  }
}

async function send(management: Management, resourceId: string, method: HttpMethods): Promise<void> {
  const { managementEndpoint, credential, httpClient } = management;
  const path = `${resourceId}/providers/Microsoft.Authorization/locks/farshare-test`;
  const token = await credential.getToken('https://management.azure.com/.default');
  const body = { properties: { level: 'CanNotDelete', notes: 'Of npm run test:azure; may be removed.' } };
  const { status, bodyAsText } = await httpClient.sendRequest(
    createPipelineRequest({
      url: `${managementEndpoint}${path}?api-version=2020-05-01`,
      method,
      headers: createHttpHeaders({ authorization: `Bearer ${token?.token}`, 'content-type': 'application/json' }),
      ...(method === 'PUT' && { body: JSON.stringify(body) }),
    }),
  );
  if (status < 200 || status >= 300) throw new Error(`The lock: ${method} answered ${status} ${bodyAsText}`);
}
