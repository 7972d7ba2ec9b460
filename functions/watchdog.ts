import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Makes runs end whatever happened to their workers and messages. */
app.timer('watchdog', { schedule: '30 * * * * *', handler: () => farshare.watch() });
