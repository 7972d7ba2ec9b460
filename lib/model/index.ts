export * from './entry.ts';
export * from './report.ts';
