import { app } from '@azure/functions';
import { dashboardPage } from './shared/dashboard-page.ts';
import { answering } from './shared/http.ts';

app.http('dashboard', {
  route: 'dashboard',
  methods: ['GET'],
  // The page holds no data: it asks for the key, or for a sign-in, and reads the API with that.
  authLevel: 'anonymous',
  handler: answering(async () => ({ status: 200, ...dashboardPage() })),
});
