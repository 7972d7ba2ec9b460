import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';

/** Everything that leaves this process by HTTP goes through one of these. */
export const createHttpClient = (): HttpClient => createDefaultHttpClient();
