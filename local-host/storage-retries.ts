/** The SDK's own retries take half a minute when storage is gone: too long for a host that shall stop. */
export const retryOptions = { maxTries: 3, retryDelayInMs: 250, maxRetryDelayInMs: 1000 };
