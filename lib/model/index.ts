export * from './entry.ts';
export * from './report.ts';
export * from './run.ts';
export * from './config.ts';
export * from './overview.ts';
export * from './prices.ts';
export * from './preflight.ts';
export * from './restore.ts';
