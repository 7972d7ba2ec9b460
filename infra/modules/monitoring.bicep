metadata description = 'Log Analytics workspace, Application Insights that takes telemetry by Entra ID only, and who is told.'

@description('Required. Prefix of all names.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Days for which telemetry and logs are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Required. E-mail addresses to tell.')
param alertEmails string[]

@description('Optional. Webhook to call; its URL may hold a secret. Default: none.')
@secure()
param alertWebhook string = ''

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

resource actions 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [
      for (address, i) in alertEmails: {
        name: 'email-${i}'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
    webhookReceivers: empty(alertWebhook)
      ? []
      : [
          {
            name: 'webhook'
            serviceUri: alertWebhook
            useCommonAlertSchema: true
          }
        ]
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: workspace
  name: 'farshare'
  properties: {
    workspaceId: workspace.id
    // Who asked what of the logs.
    logs: [{ category: 'Audit', enabled: true }]
  }
}

@description('Resource id of the workspace.')
output workspaceId string = workspace.id

@description('Name of the component.')
output componentName string = component.name

@description('Resource id of the component.')
output componentId string = component.id

@description('Where telemetry goes. The key in it opens nothing, as local authentication is off.')
output connectionString string = component.properties.ConnectionString

@description('Resource id of the action group.')
output actionGroupId string = actions.id
