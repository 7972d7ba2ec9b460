export { createHttpClient } from './http-client.ts';
export { createWebhookSender } from './webhook-sender.ts';
