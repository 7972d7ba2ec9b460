metadata description = 'Who calls the HTTP API signs in with Entra ID; App Service checks that before the app sees the request.'

import { apiSignIn } from 'types.bicep'

@description('Required. Name of the app.')
param appName string

@description('Required. The application that is signed in to.')
param signIn apiSignIn

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: appName
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      // Neither holds data: the page signs people in, the probe says that the app is up.
      excludedPaths: ['/api/dashboard', '/api/health']
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: signIn.clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${signIn.?tenantId ?? tenant().tenantId}/v2.0'
          // The app's identity vouches for it by a federated credential: there is no client secret.
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
        }
        validation: {
          allowedAudiences: [signIn.clientId, 'api://${signIn.clientId}']
          defaultAuthorizationPolicy: {
            allowedApplications: union([signIn.clientId], signIn.?allowedClientIds ?? [])
          }
        }
      }
    }
    // The page asks /.auth/me who is signed in.
    login: { tokenStore: { enabled: true } }
  }
}
