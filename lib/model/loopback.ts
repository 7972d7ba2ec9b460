/** Whether a URL leads to this machine: an emulator's, which no proxy is asked for. */
export const isLoopback = (url: string): boolean => /^(?:127\.|localhost$|\[::1\]$)/u.test(new URL(url).hostname);
