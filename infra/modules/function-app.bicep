metadata description = 'The functions on Flex Consumption, as a user-assigned identity, without a key in any setting.'

@description('Required. Prefix of all names.')
param name string

@description('Required. Name of the app, part of its address.')
param appName string

@description('Required. Region.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Version of Node.js.')
param nodeVersion '22' | '24'

@description('Required. Memory of an instance.')
param instanceMemoryMB 512 | 2048 | 4096

@description('Required. Most instances at a time.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Required. Resource id of the identity that the app runs as.')
param identityId string

@description('Required. Client id of that identity.')
param identityClientId string

@description('Required. Container that the app is deployed from.')
param deploymentUrl string

@description('Required. Endpoints of the host storage: blob, queue, table.')
param storageEndpoints object

@description('Required. Where telemetry goes; it names the component and holds no right to it.')
param telemetryConnectionString string

@description('Required. Who deletes snapshots and ends their leases: the app, or only another identity.')
param pruning 'app' | 'separate'

@description('Required. farshare.json: its path in the package, or the JSON itself.')
param configuration string

@description('Optional. Further settings, for secrets by Key Vault reference that the configuration names with env.')
@secure()
param additionalSettings object = {}

@description('Optional. Subnet for outbound traffic. Default: none.')
param subnetId string = ''

@description('Required. Whether the app answers outside of private endpoints.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('Required. Who may use the HTTP API: who has a key, or who is signed in.')
param apiAuth 'keys' | 'entra'

@description('Required. Workspace that receives metrics and logs.')
param workspaceId string

var settings = {
  FARSHARE_CONFIG: configuration
  AzureWebJobsStorage__credential: 'managedidentity'
  FARSHARE_PRUNING: pruning
  FARSHARE_API_AUTH: apiAuth
  // Without a client secret: App Service signs people in with this identity's assertion. Unused where nobody signs in.
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: storageEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: storageEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: storageEndpoints.table
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // Alerts count events, which the host carries as traces: none may be sampled away.
  AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__excludedTypes: 'Event;Exception;Request;Trace'
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: appName
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: publicNetworkAccess
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      appSettings: [for setting in items(union(additionalSettings, settings)): { name: setting.key, value: setting.value }]
    }
  }
}

resource noFtpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noDeploymentPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'farshare'
  properties: {
    workspaceId: workspaceId
    // FunctionAppLogs would repeat what telemetry has; who changed the app is in the activity log.
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id of the app.')
output appId string = app.id

@description('Name of the app.')
output appName string = app.name

@description('Address of the app.')
output url string = 'https://${app.properties.defaultHostName}'
