export { systemClock } from './clock.ts';
export { openFolder } from './folder.ts';
export { pump, type PumpOptions } from './pump.ts';
export { createLocalQueues, type LocalMessage, type LocalQueues } from './queues.ts';
export { openLocalState, type LocalStateStore } from './state-store.ts';
